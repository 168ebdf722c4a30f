"""What values in a placement read: drawn values, and answers about the entities that are placed before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

from simengine.arrays import Array
from simengine.engine.initial import InitialEnv
from simengine.engine.placed import Placement
from simengine.engine.variants import Variants
from simengine.language.evaluate import Env, Operand
from simengine.language.terms import Call, Ref
from simengine.physics.cast import Cast

__all__ = ["PlacingEnv"]


class PlacingEnv(InitialEnv):
    """Drawn values, and what follows from that which is placed already.

    Args:
        variants: the batch.
        steps: how many entities have been placed or turned so far.
        so_far: where they are.
    """

    def __init__(self, variants: Variants, steps: Callable[[], int], so_far: Callable[[], Placement]) -> None:
        super().__init__(variants)
        self._steps, self._so_far = steps, so_far
        self._scene: tuple[int, Env] | None = None

    @cached_property
    def _cast(self) -> Cast:
        from simengine.engine.cast import cast_of  # it places entities itself

        return cast_of(self.variants)

    def scene(self) -> Env:
        """The scene as far as it is placed; asked for in an order in which all that matters is."""
        from simengine.engine.scenes import SceneEnv, initial_state  # they place entities themselves

        steps = self._steps()
        if self._scene is None or self._scene[0] != steps:
            state = initial_state(self._so_far(), self._cast)
            self._scene = steps, SceneEnv(self.variants, self._cast, state)
        return self._scene[1]

    def value(self, ref: Ref) -> Array:
        """A definition, a size, or a component of the position of something that is placed."""
        name, _, prop = ref.path.partition(".")
        if prop.startswith("position.") and name in self.variants.roster.first:
            return self.scene().value(ref)
        return super().value(ref)

    def call(self, call: Call, receiver: Operand | None, args: Mapping[str, Operand]) -> Array:
        """A question about what is placed."""
        return self.scene().call(call, receiver, args)
