# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from facetalk_ros.inference.batch import Answer, Ask, alone, together


class Adder:
    """Adds its input to its state, and remembers how many streams each call had."""

    def __init__(self):
        self.calls = []

    def start(self):
        return np.zeros((1, 1), np.float32)

    def step_many(self, inputs, states):
        self.calls.append(len(inputs))
        sums = [state + x for (x,), state in zip(inputs, states, strict=True)]
        return [Answer((s[0],), s) for s in sums]


def summing(steppers, values):
    """Give each value to each of the steppers; return all sums."""
    states = [s.start() for s in steppers]
    sums = []
    for value in values:
        for k, stepper in enumerate(steppers):
            x = np.array([value], np.float32)
            (total,), states[k] = yield Ask(stepper, (x,), states[k], stage=k)
            sums.append(float(total[0]))
    return sums


def test_a_stream_alone_does_one_step_after_the_other():
    adder = Adder()
    assert alone(summing([adder], [1, 2, 3])) == [1, 3, 6]
    assert adder.calls == [1, 1, 1]


def test_streams_together_share_calls_and_nothing_else():
    adder = Adder()
    sums = together([summing([adder], [k, 2 * k]) for k in range(5)])
    assert sums == [[k, 3 * k] for k in range(5)]
    assert adder.calls == [5, 5]


def test_streams_may_need_unequal_numbers_of_steps():
    adder = Adder()
    sums = together([summing([adder], range(n)) for n in (3, 0, 1)])
    assert sums == [[0, 1, 3], [], [0]]
    assert adder.calls == [2, 1, 1]


def test_a_second_network_is_batched_too():
    one, other = Adder(), Adder()
    sums = together([summing([one, other], [1, 2]) for _ in range(3)])
    assert sums == [[1, 1, 3, 3]] * 3
    assert one.calls == other.calls == [3, 3]


def test_streams_that_ask_more_networks_meet_the_others_again():
    """As when some streams begin a phone in a step and others do not."""
    step, phone, motion = Adder(), Adder(), Adder()

    def talking(phones):
        """Ask for the second network as often as phones begin in each step."""
        for begun in phones:
            for stage, stepper in enumerate([step, *[phone] * begun, motion]):
                kind = 2 if stepper is motion else min(stage, 1)
                yield Ask(stepper, (np.zeros(1, np.float32),), stepper.start(), kind)

    together([talking([0, 2, 0]), talking([1, 0, 0, 0]), talking([0, 1, 3])])
    assert step.calls == motion.calls == [3, 3, 3, 1]
    assert phone.calls == [1, 2, 1, 1, 1, 1]


def test_no_streams_are_no_work():
    assert together([]) == []


def test_an_error_of_a_network_reaches_the_caller():
    class Broken(Adder):
        def step_many(self, inputs, states):
            raise RuntimeError('out of memory')

    for run in (alone, lambda task: together([task])):
        with pytest.raises(RuntimeError, match='out of memory'):
            run(summing([Broken()], [1]))
