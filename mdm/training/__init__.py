"""Where weights come from: shipped models from the project's own populations, a user's model from his records."""

from mdm.training.own import TrainedModel, adopt_model, train_models

__all__ = ["TrainedModel", "adopt_model", "train_models"]
