//! What lies on disk: each file, what it holds, and how to read it without truescore.

/// A file, or files of one kind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OnDisk {
    /// Its path in the directory of `place`; capitals stand for what varies.
    pub(crate) path: &'static str,
    /// Whose directory it lies in.
    pub(crate) place: Directory,
    /// What it holds.
    pub(crate) holds: &'static str,
    /// Python with numpy that reads it, in that directory; empty for what is looked at.
    pub(crate) numpy: &'static str,
    /// The same with pandas, where that is shorter.
    pub(crate) pandas: &'static str,
}

/// A directory that truescore makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Directory {
    /// Of a data set.
    Dataset,
    /// Of a run.
    Run,
    /// Of samples from elsewhere.
    Judged,
    /// Of a sweep.
    Sweep,
    /// Of a comparison.
    Comparison,
}

impl Directory {
    /// Its path, where `--out` does not name another.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Dataset => "data/NAME-HASH",
            Self::Run => "runs/NAME-HASH",
            Self::Judged => "judged/NAME-HASH",
            Self::Sweep => "sweeps/NAME",
            Self::Comparison => "the directory that `compare --out` names",
        }
    }
}

const fn file(path: &'static str, place: Directory, holds: &'static str) -> OnDisk {
    OnDisk {
        path,
        place,
        holds,
        numpy: "",
        pandas: "",
    }
}

impl OnDisk {
    const fn numpy(self, numpy: &'static str) -> Self {
        Self { numpy, ..self }
    }

    const fn pandas(self, pandas: &'static str) -> Self {
        Self { pandas, ..self }
    }
}

use Directory::{Comparison, Dataset, Judged, Run, Sweep};

/// Every file that truescore writes, in the order of the directories.
pub(crate) const ON_DISK: &[OnDisk] = &[
    file(
        "dataset.toml",
        Dataset,
        "The `[data]` that made the data set, its sizes, standardisation, classes and facts of its density, and the \
         SHA-256 of each split.",
    )
    .numpy(
        "import tomllib
with open(\"dataset.toml\", \"rb\") as file:
    dataset = tomllib.load(file)
print(dataset[\"shape\"], dataset[\"standardization\"][\"scale\"])",
    ),
    file(
        "train.npy",
        Dataset,
        "Points to train on, `[n, d]` in the data's own unit, as 64-bit floats. `val.npy` and `test.npy` hold the \
         other splits.",
    )
    .numpy(
        "import numpy as np
splits = {name: np.load(f\"{name}.npy\") for name in [\"train\", \"val\", \"test\"]}
print(splits[\"train\"].shape, splits[\"train\"].mean(axis=0))",
    ),
    file(
        "train_labels.npy",
        Dataset,
        "The class of each point of the split, from 0, as 32-bit integers. It is absent where the data has no classes.",
    )
    .numpy(
        "import numpy as np
labels = np.load(\"train_labels.npy\")
print(np.bincount(labels) / len(labels))",
    ),
    file(
        "config.toml",
        Run,
        "The resolved configuration, with every default. `truescore train config.toml` makes the same run again.",
    )
    .numpy(
        "import tomllib
with open(\"config.toml\", \"rb\") as file:
    config = tomllib.load(file)
print(config[\"process\"][\"num_timesteps\"], config[\"train\"])",
    ),
    file(
        "provenance.json",
        Run,
        "Where the run comes from: version, command line, host, device, threads, digests of configuration and data.",
    )
    .numpy(
        "import json
with open(\"provenance.json\") as file:
    provenance = json.load(file)
print(provenance[\"version\"], provenance[\"dataset\"])",
    ),
    file(
        "status.json",
        Run,
        "Where the run stands: created, running, interrupted, complete, diverged or failed, with its step and times.",
    )
    .numpy(
        "import json
with open(\"status.json\") as file:
    status = json.load(file)
print(status[\"state\"], status[\"step\"], \"of\", status[\"num_steps\"])",
    ),
    file(
        "metrics.jsonl",
        Run,
        "Losses over the training, one JSON object a line. Two equal runs write the same bytes.",
    )
    .numpy(
        "import json
import numpy as np
with open(\"metrics.jsonl\") as file:
    records = [json.loads(line) for line in file]
loss = np.array([[r[\"step\"], r[\"train_loss\"], r[\"val_loss\"]] for r in records])
print(loss[-1])",
    )
    .pandas(
        "import pandas as pd
metrics = pd.read_json(\"metrics.jsonl\", lines=True)
print(metrics[[\"step\", \"train_loss\", \"val_loss\"]])",
    ),
    file(
        "timing.jsonl",
        Run,
        "Seconds, steps a second and largest memory over the training, one JSON object a line.",
    )
    .numpy(
        "import json
with open(\"timing.jsonl\") as file:
    timing = [json.loads(line) for line in file]
print([record[\"steps_per_second\"] for record in timing])",
    )
    .pandas(
        "import pandas as pd
timing = pd.read_json(\"timing.jsonl\", lines=True)
print(timing[\"steps_per_second\"].mean())",
    ),
    file(
        ".lock",
        Run,
        "An empty file. The process that works on the run holds a lock on it.",
    ),
    file(
        "checkpoints/last",
        Run,
        "The name of the checkpoint of the last step. `checkpoints/best` names that of the lowest validation loss.",
    )
    .numpy(
        "from pathlib import Path
name = Path(\"checkpoints/last\").read_text().strip()
print(sorted(path.name for path in Path(\"checkpoints\", name).iterdir()))",
    ),
    file(
        "checkpoints/step-STEP/model.safetensors",
        Run,
        "The weights. `ema.safetensors` holds their moving average, and `optimizer.safetensors` the moments of Adam.",
    )
    .numpy(
        "import json
import numpy as np
from pathlib import Path
path = next(Path(\"checkpoints\").glob(\"step-*/model.safetensors\"))
data = path.read_bytes()
start = 8 + int.from_bytes(data[:8], \"little\")
header = json.loads(data[8:start])
part = lambda t: np.frombuffer(data[start:][slice(*t[\"data_offsets\"])], \"<f4\").reshape(t[\"shape\"])
weights = {name: part(t) for name, t in header.items() if name != \"__metadata__\"}
print({name: array.shape for name, array in weights.items()})",
    ),
    file(
        "checkpoints/step-STEP/state.json",
        Run,
        "What training remembers besides weights: its step, the lowest validation loss, and how far metrics.jsonl reaches.",
    )
    .numpy(
        "import json
from pathlib import Path
path = next(Path(\"checkpoints\").glob(\"step-*/state.json\"))
print(json.loads(path.read_text())[\"step\"])",
    ),
    file(
        "checkpoints/step-STEP/MANIFEST.json",
        Run,
        "Size and SHA-256 of every file of the checkpoint, by name.",
    )
    .numpy(
        "import hashlib, json
from pathlib import Path
path = next(Path(\"checkpoints\").glob(\"step-*/MANIFEST.json\"))
entry = json.loads(path.read_text())[\"model.safetensors\"]
data = (path.parent / \"model.safetensors\").read_bytes()
assert hashlib.sha256(data).hexdigest() == entry[\"sha256\"]",
    ),
    file(
        "eval/metrics.json",
        Run,
        "Every number of the evaluation: each metric with its truth and its noise floor, the attribution, the samplers that were tried in place of the run's (`alternatives`), and the verdict.",
    )
    .numpy(
        "import json
with open(\"eval/metrics.json\") as file:
    record = json.load(file)
for name, metric in record[\"metrics\"].items():
    print(name, metric[\"value\"], metric.get(\"truth\"), metric.get(\"noise_floor\"))",
    )
    .pandas(
        "import json
import pandas as pd
with open(\"eval/metrics.json\") as file:
    metrics = json.load(file)[\"metrics\"]
print(pd.DataFrame(metrics).T)",
    ),
    file(
        "eval/samples.npy",
        Run,
        "The samples, `[n, d]` in the data's own unit, as 64-bit floats. The class asked of each is in \
         `samples_labels.npy`.",
    )
    .numpy(
        "import numpy as np
samples = np.load(\"eval/samples.npy\")
print(samples.shape, samples.mean(axis=0), samples.std(axis=0))",
    ),
    file(
        "eval/trajectory.csv",
        Run,
        "How far the samples are from the truth at each timestep on their way, beside the noise floor.",
    )
    .numpy(
        "import numpy as np
trajectory = np.genfromtxt(\"eval/trajectory.csv\", delimiter=\",\", names=True)
print(trajectory.dtype.names)",
    )
    .pandas(
        "import pandas as pd
print(pd.read_csv(\"eval/trajectory.csv\").tail())",
    ),
    file(
        "eval/loss_by_timestep.csv",
        Run,
        "The loss at each timestep, and that of a perfect network where it is known.",
    )
    .numpy(
        "import numpy as np
loss = np.genfromtxt(\"eval/loss_by_timestep.csv\", delimiter=\",\", names=True)
print(loss.dtype.names)",
    )
    .pandas(
        "import pandas as pd
print(pd.read_csv(\"eval/loss_by_timestep.csv\").describe())",
    ),
    file(
        "eval/bound.csv",
        Run,
        "What the network's error at each timestep costs in the variational bound, in nats.",
    )
    .numpy(
        "import numpy as np
bound = np.genfromtxt(\"eval/bound.csv\", delimiter=\",\", names=True)
print(bound.dtype.names)",
    )
    .pandas(
        "import pandas as pd
print(pd.read_csv(\"eval/bound.csv\").sum())",
    ),
    file(
        "eval/report.md",
        Run,
        "The page of the run: what dominates its error, what to change, every metric and the figures beside it.",
    ),
    file(
        "eval-HASH/metrics.json",
        Run,
        "The same as in `eval/` for another sampler, which `truescore eval --set sampler.KEY=VALUE` asks for.",
    ),
    file(
        "sampling.csv",
        Run,
        "The quality of several samplers or numbers of steps, beside the network evaluations that each takes.",
    )
    .pandas(
        "import pandas as pd
print(pd.read_csv(\"sampling.csv\"))",
    ),
    file(
        "samples-HASH.npy",
        Run,
        "What `truescore sample` draws, `[n, d]`; with classes, those asked for are in `samples-HASH_labels.npy`.",
    ),
    file(
        "judged.json",
        Judged,
        "What was judged: the file of samples, their SHA-256 and their number, or the name of a network and what it says \
         of itself. `eval/` has the files of a run's evaluation that there are of it, and config.toml what it is held \
         against.",
    )
    .numpy(
        "import json
with open(\"judged.json\") as file:
    judged = json.load(file)
print(judged.get(\"samples\") or judged[\"denoiser\"])",
    ),
    file(
        "sweep.toml",
        Sweep,
        "The specification of the sweep, as it was given.",
    ),
    file(
        "plan.jsonl",
        Sweep,
        "The runs of the sweep, one JSON object a line: its index, what it sets, and its directory under `runs/`.",
    )
    .numpy(
        "import json
with open(\"plan.jsonl\") as file:
    plan = [json.loads(line) for line in file]
print([(run[\"run\"], run[\"overrides\"]) for run in plan])",
    )
    .pandas(
        "import pandas as pd
print(pd.read_json(\"plan.jsonl\", lines=True))",
    ),
    file(
        "summary.csv",
        Sweep,
        "One row a run: what differs between the runs, every metric, its truth and its noise.",
    )
    .pandas(
        "import pandas as pd
print(pd.read_csv(\"summary.csv\"))",
    ),
    file(
        "groups.csv",
        Sweep,
        "One row a setting, over its seeds. Of every metric: the runs behind the mean, mean and standard deviation. \
         Runs whose value is −∞ are counted, and leave no mean.",
    )
    .pandas(
        "import pandas as pd
print(pd.read_csv(\"groups.csv\"))",
    ),
    file(
        "comparisons.csv",
        Sweep,
        "One row a pair of settings that is compared: the difference of their distances to the truth, and its 95 % \
         half-width. The p-value is corrected by Holm's method. The last columns are the seeds that would resolve it.",
    )
    .pandas(
        "import pandas as pd
print(pd.read_csv(\"comparisons.csv\"))",
    ),
    file(
        "correlations.csv",
        Sweep,
        "Spearman's rank correlation of the validation loss with every other metric. `scope` is a group of comparable \
         runs, all groups combined, the excess loss, or all runs pooled.",
    )
    .pandas(
        "import pandas as pd
print(pd.read_csv(\"correlations.csv\"))",
    ),
    file(
        "report.md",
        Sweep,
        "The page of the sweep: its runs side by side, what matters, and the figures beside it.",
    ),
    file(
        "compared.txt",
        Comparison,
        "The directories of the runs that are compared, one a line.",
    ),
    file(
        "summary.csv",
        Comparison,
        "One row a run: what differs between the runs, every metric, its truth and its noise.",
    ),
    file(
        "comparisons.csv",
        Comparison,
        "One row a pair of settings, as in a sweep. `data` is the number of its law, `at_equal` the cost of training \
         or of a sample that both have; it is empty where the runs are taken as they are.",
    ),
    file(
        "report.md",
        Comparison,
        "The page of the comparison, with a section for each law of the data, and the figures beside it.",
    ),
];
