"""Where weights come from: shipped models from the project's own populations, a user's model from his records."""

from mdm.training.adopt import Adopted, ModelRefused, adopt_model
from mdm.training.compare import Change, Comparison, Side
from mdm.training.own import LabelUse, TrainedModel, train_from_labels, train_models
from mdm.training.propose import Proposal, propose_labels

__all__ = [
    "Adopted",
    "Change",
    "Comparison",
    "LabelUse",
    "ModelRefused",
    "Proposal",
    "Side",
    "TrainedModel",
    "adopt_model",
    "propose_labels",
    "train_from_labels",
    "train_models",
]
