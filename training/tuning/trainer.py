"""TRL's SFTTrainer with what a run needs besides: exact losses, whole checkpoints, no step on a broken gradient.

What is done at each step (progress, best adapter, early stop, hours) is `callback`'s; how the trainer is set up,
`building`'s.
"""

import math
from typing import Any

import torch
from peft import get_peft_model_state_dict
from torch.distributed.tensor import DTensor
from torch.nn import functional
from trl import SFTTrainer

from training.tuning.checkpoints import Checkpoints
from training.tuning.encoding import IGNORED
from training.tuning.errors import LossDiverged
from training.tuning.order import ByLength
from training.tuning.pace import Pace
from training.tuning.randomness import untouched

_SCALED_LOGITS = ("final_logit_softcapping", "logit_scale", "output_multiplier", "lm_head_multiplier", "logits_scaling")


class Tuner(SFTTrainer):  # type: ignore[misc]
    """Trains on rows that are encoded already (`input_ids`, `labels`)."""

    def __init__(
        self, *given: Any, checkpoints: Checkpoints, pace: Pace, groups_by_length: bool, **options: Any
    ) -> None:
        """As SFTTrainer; the training time that `pace` tells is kept with each checkpoint."""
        self._checkpoints, self._pace, self.groups_by_length = checkpoints, pace, groups_by_length
        self.tokens_seen = 0  # of this process, padding left out
        self._summed = [0.0, 0.0]  # loss and learned tokens of a validation
        super().__init__(*given, **options)
        text = self.model.config.get_text_config()
        unscaled = all(getattr(text, name, None) is None for name in _SCALED_LOGITS)
        plain = unscaled and not getattr(self, "aux_loss_enabled", False)
        self._is_lean = plain and self.args.device.type == "cpu" and self.accelerator.num_processes == 1

    def compute_loss(
        self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """Mean loss over the learned tokens (nats); a validation's sum is kept, to be divided once at its end.

        On a CPU the logits are computed of learned positions alone, and the entropies that TRL reports are left out:
        the same loss for two thirds of the time.
        """
        learned = 0 if model.training else int((inputs["labels"][:, 1:] != IGNORED).sum())
        if model.training:
            mask = inputs.get("attention_mask")
            self.tokens_seen += int(mask.sum()) if mask is not None else inputs["input_ids"].numel()
        lean = self._is_lean and not return_outputs
        loss = (
            _lean_loss(model, inputs, num_items_in_batch)
            if lean
            else super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        )
        if not model.training:
            self._summed[0] += float(loss[0] if return_outputs else loss) * learned
            self._summed[1] += learned
        return loss

    def evaluate(self, *given: Any, **options: Any) -> dict[str, float]:
        """As Trainer, with the loss per learned token over the whole set; what is random afterwards is untouched."""
        self._summed = [0.0, 0.0]
        with untouched(), self._pace.validating():
            return dict(super().evaluate(*given, **options))

    def evaluation_loop(self, *given: Any, **options: Any) -> Any:
        """As Trainer, which averages over batches however many tokens they hold; here over tokens."""
        output = super().evaluation_loop(*given, **options)
        sums = torch.tensor([self._summed], dtype=torch.float64, device=self.args.device)
        total, learned = self.accelerator.gather(sums).sum(0).tolist()
        output.metrics["eval_loss"] = total / learned if learned else math.nan
        return output

    def forget(self) -> None:
        """Count tokens and averages from nothing: what was done so far was a trial."""
        self.tokens_seen = self._total_train_tokens = 0
        for averages in self._metrics.values():
            averages.clear()

    def adapter_tensors(self) -> dict[str, Any]:
        """The adapter's tensors, whole, on this machine; the base stays where it is, in parts.

        Under FSDP every process must ask at once.
        """
        bare = self.accelerator.unwrap_model(self.model, keep_torch_compile=False)
        learned = None
        if self.accelerator.is_fsdp2:
            learned = {name: whole(value) for name, value in bare.named_parameters() if value.requires_grad}
        elif self.is_fsdp_enabled:  # the first FSDP lays parameters flat, and gathers all or nothing
            learned = self.accelerator.get_state_dict(self.model)
        return {name: value.detach().cpu() for name, value in get_peft_model_state_dict(bare, learned).items()}

    def create_model_card(self, *given: Any, **options: Any) -> None:
        """No card: the adapter gets one when it is exported."""

    def _clip_grad_norm(self, model: Any) -> Any:
        norm = super()._clip_grad_norm(model)
        if not math.isfinite(float(norm)):
            raise LossDiverged(
                f"The loss became NaN or infinite in step {self.state.global_step + 1} and the step was not made. "
                f"Lower learning_rate (now {self.args.learning_rate:g}), raise the warm-up, or look for strange rows."
            )
        return norm

    def _get_train_sampler(self, train_dataset: Any = None) -> Any:
        if not self.groups_by_length:
            return super()._get_train_sampler(train_dataset)
        dataset = self.train_dataset if train_dataset is None else train_dataset
        lengths = [len(ids) for ids in dataset["input_ids"]]
        return ByLength(lengths, self.args.train_batch_size, self.args.seed)

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        step, seconds = self.state.global_step, self._pace.total()
        with self._pace.writing(), self._checkpoints.writing(step, seconds, self.tokens_seen, self):
            super()._save_checkpoint(model, trial)

    def _send_telemetry(self) -> None:
        """Nothing about a run leaves the machine."""


def whole(parameter: Any) -> Any:
    """A parameter gathered from all processes, which must ask at once; one that is not sharded, as it is."""
    return parameter.full_tensor() if isinstance(parameter, DTensor) else parameter


def _lean_loss(model: Any, inputs: dict[str, Any], items: Any) -> Any:
    inputs = dict(inputs)
    labels = inputs.pop("labels")[:, 1:]
    causal = model.get_base_model()
    hidden = causal.base_model(**inputs, use_cache=False).last_hidden_state[:, :-1]
    learned = labels != IGNORED
    logits = causal.get_output_embeddings()(hidden[learned])
    total = functional.cross_entropy(logits.float(), labels[learned], reduction="sum")
    return total / (learned.sum().clamp(min=1) if items is None else items)
