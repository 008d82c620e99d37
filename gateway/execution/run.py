"""One run of a compiled operation: what has to be awaited, and what goes wrong."""

import asyncio
from asyncio import Future
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any

from graphql import ExecutionResult, located_error
from graphql.execution import Executor
from graphql.execution.executor import CollectedErrors
from graphql.execution.values import VariableValues
from graphql.pyutils import is_awaitable

from adapters.at_hand import AtHand, begun
from gateway.context import Context
from gateway.execution.fields import Arguments, SharedInfo
from gateway.execution.places import WHOLE, Holder, drop, path_of
from gateway.execution.plan import Plan, Root, Step
from gateway.execution.things import Things
from gateway.execution.turns import TURN_SECONDS
from gateway.execution.waiting import Waiting, all_come, close
from gateway.loaders import Derived


class Run:
    """Runs a plan once.

    Compiled functions complete what is there, and hand in what has to be awaited. Whatever they
    stumble over is completed once more by graphql-core, from the last value that was awaited: so
    errors, and nulls in their places, are its own.
    """

    def __init__(self, plan: Plan, context: Context, variables: VariableValues) -> None:
        self._plan = plan
        self.context = context
        self._variables = variables
        self.infos = [SharedInfo(field, variables, context) for field in plan.informed]
        self._arguments: dict[int, Arguments] = {}
        self._errors = CollectedErrors()
        self._fresh: list[Waiting] = []
        self._asked: dict[tuple[Step, str, str], Waiting] = {}
        self._joined: list[Waiting] = []
        self.things = Things()
        self._waiting: dict[AtHand[Any] | Future[Any], list[Waiting]] = {}
        self._tasks: set[Future[Any]] = set()
        self._done: list[AtHand[Any] | Future[Any]] = []
        self._wake: Future[None] | None = None
        self._has_dropped = False
        self._executor: Executor[None] | None = None
        self._begin_turn()

    async def result(self) -> ExecutionResult:
        """The answer."""
        whole = Holder(None, "", WHOLE, dict.fromkeys(step.field.key for step in self._plan.roots))
        try:
            for step in self._plan.roots:
                self._begin(step, whole)
                if whole.values is None:
                    break
            await self._settle(whole)
        finally:
            await self._abandon()
        return ExecutionResult(whole.values, self._errors.errors or None)

    # What compiled functions call.

    def arguments(self, index: int) -> Arguments:
        """The arguments of a field that depend on the variables. Raises what graphql-core would."""
        known = self._arguments.get(index)
        if known is None:
            known = self._plan.variable[index].arguments(self._variables)
            self._arguments[index] = known
        return known

    def later(self, value: Awaitable[Any], step: Step, holder: Holder) -> Any:
        """A field's completed value where it is at hand, or null until it comes."""
        value = begun(value)
        if isinstance(value, AtHand) and not self._turn_is_over():
            fresh, joined = len(self._fresh), len(self._joined)
            try:
                return step.complete(value.value, self, holder)
            except Exception:  # met again when it is taken like one that came later
                self._take_back(fresh, joined)
        self._fresh.append(Waiting(value, step, [holder]))
        return None

    def told(self, value: Any, step: Step, holder: Holder) -> Any:
        """A field's completed value, or null until it comes. Raises Surprise."""
        if type(value) is Derived or is_awaitable(value):
            return self.later(value, step, holder)
        return step.complete(value, self, holder)

    def asked(
        self, thing: Any, ask: Callable[[Any, "Run"], Any], step: Step, holder: Holder
    ) -> Any:
        """A scalar that a thing of a program does not tell itself, or null until it comes: asked
        once for all who are the same thing. Raises Surprise."""
        key = step, thing.program_key, thing.provider_id
        waiting = self._asked.get(key)
        if waiting is not None and not waiting.is_over:
            waiting.holders.append(holder)
            self._joined.append(waiting)
            return None
        value = ask(thing, self)
        if type(value) is not Derived and not is_awaitable(value):
            return step.complete(value, self, holder)
        self._asked[key] = waiting = Waiting(value, step, [holder])
        self._fresh.append(waiting)
        return None

    def filled(self, value: Any, made: list[Any], step: Step, holder: Holder) -> None:
        """A list as it was made when all has come that its things lack, null until then. Where that
        fails it is completed once more."""
        lacking = self.things.take_lacking()
        come = all_come({one.future for one in lacking}, value)

        def fill(value: Any, run: Run, holder: Holder) -> Any:
            is_whole = all(one.fill(run) for one in lacking)
            return made if is_whole else step.complete(value, run, holder)

        self._fresh.append(Waiting(come, Step(step.field, step.position, fill), [holder]))

    # The rest is the run's own.

    def _begin(self, step: Root, whole: Holder) -> None:
        try:
            value = step.call(self)
        except Exception as error:
            self._fail(error, step, whole)
            return
        if is_awaitable(value):
            value = begun(value)
            if not isinstance(value, AtHand) or self._turn_is_over():
                self._fresh.append(Waiting(value, step, [whole]))
                return
            value = value.value
        self._complete(value, step, whole)

    def _complete(self, value: Any, step: Step, holder: Holder) -> None:
        fresh, joined = len(self._fresh), len(self._joined)
        try:
            holder.values[step.field.key] = step.complete(value, self, holder)
        except Exception:
            self._take_back(fresh, joined)
            self._complete_slowly(value, step, holder)

    def _take_back(self, fresh: int, joined: int) -> None:
        """Wait for no more than that, as before."""
        for waiting in reversed(self._joined[joined:]):
            waiting.holders.pop()
        del self._joined[joined:]
        for waiting in self._fresh[fresh:]:
            waiting.is_over = True
            close(waiting.value)
        del self._fresh[fresh:]

    def _complete_slowly(self, value: Any, step: Step, holder: Holder) -> None:
        """As graphql-core does it, errors included."""
        executor = self._graphql_core()
        field = step.field
        path = path_of(holder, field.key, step.position)
        info = executor.build_resolve_info(field.definition, field.nodes, field.parent, path)
        try:
            completed = executor.complete_value(
                field.definition.type, field.details, info, path, value, None
            )
        except Exception as error:
            self._fail(error, step, holder)
            return
        if is_awaitable(completed):
            self._fresh.append(Waiting(completed, step, [holder], is_complete=True))
        else:
            holder.values[field.key] = completed

    def _graphql_core(self) -> Executor[None]:
        if self._executor is None:
            self._executor = self._plan.executable.executor(self.context, self._variables)
            self._executor.collected_errors = self._errors
        return self._executor

    def _fail(self, error: Exception, step: Step, holder: Holder) -> None:
        path = path_of(holder, step.field.key, step.position)
        located = located_error(error, step.field.nodes, path.as_list())
        self._errors.add(located, drop(holder, step.field.key, step.position))
        if not step.position.is_nullable:
            self._forget_dropped()

    async def _settle(self, whole: Holder) -> None:
        """Wait for what is awaited, in waves: whatever came together is completed together."""
        while whole.values is not None and (self._fresh or self._waiting):
            if self._turn_is_over():
                await self._let_others()
            if len(self._fresh) == 1 and not self._waiting:
                await self._wait_for_one(self._fresh.pop())
                continue
            self._start()
            if not self._done:
                self._wake = asyncio.get_running_loop().create_future()
                await self._wake
                self._wake = None
                self._begin_turn()
            done, self._done = self._done, []
            for future in done:
                for waiting in self._waiting.pop(future, ()):
                    self._receive(future, waiting)
                    if self._turn_is_over():
                        await self._let_others()

    async def _wait_for_one(self, waiting: Waiting) -> None:
        try:
            value = await waiting.value
        except Exception as error:
            self._fail_all(error, waiting)
        else:
            if not isinstance(waiting.value, AtHand):
                self._begin_turn()
            self._take(value, waiting)

    def _begin_turn(self) -> None:
        self._turn_is_over_at = monotonic() + TURN_SECONDS

    def _turn_is_over(self) -> bool:
        """Whether it is for others to go on, before more of this is completed."""
        return monotonic() >= self._turn_is_over_at

    async def _let_others(self) -> None:
        await asyncio.sleep(0)
        self._begin_turn()

    def _receive(self, future: AtHand[Any] | Future[Any], waiting: Waiting) -> None:
        if self._has_dropped:
            waiting.holders = [h for h in waiting.holders if not h.is_dropped()]
            if not waiting.holders:
                return
        try:
            value = future.result()
            if type(waiting.value) is Derived:
                value = waiting.value.derive(value)
        except Exception as error:
            self._fail_all(error, waiting)
        else:
            self._take(value, waiting)

    def _take(self, value: Any, waiting: Waiting) -> None:
        waiting.is_over = True
        step, holders = waiting.step, waiting.holders
        if waiting.is_complete:
            holders[0].values[step.field.key] = value
        elif len(holders) == 1:
            self._complete(value, step, holders[0])
        elif holders:
            self._complete_all(value, step, holders)

    def _complete_all(self, value: Any, step: Step, holders: list[Holder]) -> None:
        """A scalar, which is the same wherever it goes."""
        try:
            completed = step.complete(value, self, holders[0])
        except Exception:
            for holder in holders:
                self._complete_slowly(value, step, holder)
        else:
            for holder in holders:
                holder.values[step.field.key] = completed

    def _fail_all(self, error: Exception, waiting: Waiting) -> None:
        waiting.is_over = True
        for holder in waiting.holders:
            self._fail(error, waiting.step, holder)

    def _start(self) -> None:
        for waiting in self._fresh:
            value = waiting.value
            future = value.future if type(value) is Derived else value
            if not isinstance(future, AtHand | Future):
                future = asyncio.ensure_future(future)
                self._tasks.add(future)
            others = self._waiting.get(future)
            if others is not None:
                others.append(waiting)
                continue
            self._waiting[future] = [waiting]
            if isinstance(future, AtHand):
                self._done.append(future)
            else:
                future.add_done_callback(self._has_come)
        self._fresh.clear()

    def _has_come(self, future: Future[Any]) -> None:
        if not future.cancelled():
            future.exception()  # taken note of, also when nobody waits for it any more
        self._done.append(future)
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    def _forget_dropped(self) -> None:
        """Wait no more for what is no part of the answer. Its work goes on until the end, as
        others may share it."""
        self._has_dropped = True
        for future, all_waiting in list(self._waiting.items()):
            kept = [
                waiting
                for waiting in all_waiting
                if not all(holder.is_dropped() for holder in waiting.holders)
            ]
            if kept:
                self._waiting[future] = kept
            else:
                del self._waiting[future]

    async def _abandon(self) -> None:
        """End what nobody waits for any more: on an early end, there may be such."""
        for waiting in self._fresh:
            close(waiting.value)
        pending = [task for task in self._tasks if not task.done()]
        for task in pending:
            task.cancel()
        if pending:
            await asyncio.gather(*pending, return_exceptions=True)
