//! Whether the JSON Schemas in docs/ accept and refuse what the program does: see tests/.
