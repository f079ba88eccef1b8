import json

import gymnasium
import numpy as np
import pytest

from keras_dl.rl.linear_schedule import LinearSchedule
from keras_dl.rl.q_learning import QLearning, VisitCountSchedule
from keras_dl.rl.transition_table import TransitionTable
from keras_dl.rl.value_iteration import value_iteration


class Walk(gymnasium.Env):
    """A corridor of five cells: ends at the right with reward 1, or is cut off after 7 steps."""

    observation_space = gymnasium.spaces.Discrete(5)
    action_space = gymnasium.spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        self.place, self.time = 0, 0
        return 0, {}

    def step(self, action):
        self.place, self.time = max(self.place + 2 * action - 1, 0), self.time + 1
        end = self.place == 4
        return self.place, float(end), end, self.time == 7, {}


def _corridor():
    """Returns the dynamics of `Walk`, without its clock."""
    places = np.arange(5)
    following = np.stack([np.maximum(places - 1, 0), np.minimum(places + 1, 4)], 1)[..., None]
    ends = following == 4
    return TransitionTable(
        np.ones((5, 2, 1)), following, ends.astype(float), ends, np.eye(5)[0].astype(float)
    )


def _agent(size=(5, 2), *, discount=0.9, epsilon=0.3, learning_rate=0.5, seed=0):
    return QLearning(
        *size, discount=discount, epsilon=epsilon, learning_rate=learning_rate, seed=seed
    )


def test_the_update_is_that_of_the_paper():
    random = np.random.default_rng(0)
    agent, expected = _agent((6, 3)), np.zeros((6, 3))
    for _ in range(300):
        s, a, after = random.integers(6), random.integers(3), random.integers(6)
        reward, terminated = random.normal(), bool(random.random() < 0.3)
        agent.update(s, a, reward, after, terminated=terminated)
        target = reward + 0.9 * max(expected[after]) * (not terminated)
        expected[s, a] = 0.5 * expected[s, a] + 0.5 * target
    np.testing.assert_allclose(agent.table, expected, rtol=1e-12)
    assert agent.step == agent.visits.sum() == 300


@pytest.mark.parametrize("power", [1.0, 3.0])
def test_visit_decay_is_a_weighted_mean_and_steps_add_up(power):
    targets = np.random.default_rng(0).normal(size=40)
    value = 0.0
    for number, target in enumerate(targets):
        value += VisitCountSchedule(power)(number) * (target - value)
    weights = np.arange(1, 41) ** power - np.arange(40) ** power
    np.testing.assert_allclose(value, np.average(targets, weights=weights))
    for visits, count in ((0, 5), (7, 1), (1000, 123_456)):
        kept = np.prod([1 - VisitCountSchedule(power)(visits + done) for done in range(count)])
        np.testing.assert_allclose(1 - VisitCountSchedule(power)(visits, count), kept, rtol=1e-6)


def test_a_game_that_is_cut_off_goes_on_in_the_values():
    # Of 7 steps, a game that is always cut off: without the bootstrap nothing would be learned.
    class Cut(Walk):
        def step(self, action):
            self.time += 1
            return 1, 1.0, False, self.time == 1, {}

    agent = _agent(learning_rate=1.0, discount=0.5)
    agent.table[1] = 4.0
    scores = agent.learn(Cut(), 10)
    assert scores == [1.0] * 10
    np.testing.assert_array_equal(agent.table[0], 1.0 + 0.5 * 4.0)


@pytest.mark.parametrize("learning_rate", [0.5, VisitCountSchedule(50.0)])
def test_one_agent_learns_the_values_of_a_corridor(learning_rate):
    agent = _agent(epsilon=0.5, learning_rate=learning_rate)
    scores = agent.learn(Walk(), 4000)
    expected = value_iteration(_corridor(), 0.9)
    np.testing.assert_allclose(agent.table[:4], expected[:4], atol=1e-3)
    assert set(scores) == {0.0, 1.0} and agent.step == 4000


def test_equal_values_are_chosen_among_at_random():
    agent = _agent((2, 4), epsilon=0.0)
    agent.table[1] = 0.0, 2.0, 2.0, 1.0
    actions = np.array([[agent.act(0), agent.act(1)] for _ in range(2000)])
    np.testing.assert_allclose(np.bincount(actions[:, 0], minlength=4) / 2000, 0.25, atol=0.05)
    np.testing.assert_allclose(np.bincount(actions[:, 1]) / 2000, [0, 0.5, 0.5], atol=0.05)


def test_epsilon_counts_steps():
    agent = _agent((1, 4), epsilon=LinearSchedule(1.0, 0.0, 1000))
    agent.table[0, 2] = 1.0
    for step, others in ((0, 0.75), (600, 0.3), (1000, 0.0)):
        agent.step = step
        actions = np.array([agent.act(0) for _ in range(3000)])
        np.testing.assert_allclose((actions != 2).mean(), others, atol=0.04)


def test_many_agents_behave_by_the_law_of_one():
    table = TransitionTable.of(gymnasium.make("FrozenLake-v1"))
    many = _agent(table.shape, epsilon=0.4, learning_rate=1e-12)
    many.table[:] = np.random.default_rng(0).normal(size=table.shape)  # fixed: rate 1e-12
    share = 1.0 * table.start
    for _ in range(5):
        following = np.zeros(16)
        for state in range(16):
            for action in range(4):
                greedy = action == many.table[state].argmax()
                taken = share[state] * (0.4 / 4 + 0.6 * greedy)
                outcomes = zip(
                    table.probabilities[state, action],
                    table.next_states[state, action],
                    table.terminated[state, action],
                    strict=True,
                )
                for chance, after, terminated in outcomes:
                    following[0 if terminated else after] += taken * chance
        share = following
        many.learn_population(table, 1, num_agents=10**8)
        np.testing.assert_allclose(many.population / 1e8, share, atol=5e-4)
    assert many.population.sum() == 10**8 and many.visits.sum() == many.step == 5 * 10**8


@pytest.mark.parametrize("learning_rate", [0.2, VisitCountSchedule(3.0)])
def test_agents_in_one_cell_update_it_one_after_the_other(learning_rate):
    # One state, whose one action gives 0 or 1 and leads back to it.
    shape = (1, 1, 2)
    coin = TransitionTable(
        np.full(shape, 0.5),
        np.zeros(shape, int),
        np.array([[[0.0, 1.0]]]),
        np.zeros(shape, bool),
        np.ones(1),
    )
    agent = _agent((1, 1), learning_rate=learning_rate)
    value, visits = 0.0, 0
    for _ in range(4):
        reward, games = agent.learn_population(coin, 1, num_agents=5)
        assert games == 0 and reward in range(6)
        target = reward / 5 + 0.9 * value  # the mean; from the value before the step
        for _ in range(5):
            rate = 0.2 if learning_rate == 0.2 else learning_rate(visits)
            value, visits = value + rate * (target - value), visits + 1
        np.testing.assert_allclose(agent.table[0, 0], value, rtol=1e-12)
    assert agent.visits[0, 0] == 20


def test_a_game_that_has_ended_is_worth_its_reward_alone():
    # One state, where every action ends the game; the next one starts there.
    shape = (1, 1, 1)
    world = TransitionTable(
        np.ones(shape), np.zeros(shape, int), np.ones(shape), np.ones(shape, bool), np.ones(1)
    )
    many = _agent((1, 1), learning_rate=1.0)
    many.learn_population(world, 5, num_agents=3)
    one = _agent((1, 1), learning_rate=1.0)
    for _ in range(5):
        one.update(0, 0, 1.0, 0, terminated=True)
    assert many.table == one.table == value_iteration(world, 0.9) == 1.0


def test_many_count_games_and_rewards():
    agent = _agent(epsilon=0.0)
    agent.table[:4, 1] = 1.0  # to the right: a game takes four steps
    reward, games = agent.learn_population(_corridor(), 12, num_agents=7)
    assert (reward, games) == (21.0, 21)
    assert agent.population.tolist() == [7, 0, 0, 0, 0]


@pytest.mark.parametrize("name", ["FrozenLake-v1", "CliffWalking-v1", "Taxi-v4"])
def test_many_agents_find_the_values_of_value_iteration(name):
    table = TransitionTable.of(gymnasium.make(name))
    agent = _agent(table.shape, epsilon=0.5, learning_rate=VisitCountSchedule(50.0))
    agent.learn_population(table, 800, num_agents=10**8)
    expected = value_iteration(table, 0.9)
    np.testing.assert_allclose(agent.table[table.reachable], expected[table.reachable], atol=1e-3)
    assert not agent.visits[~table.reachable].any()


def test_it_goes_on_from_its_state_to_the_bit():
    table = TransitionTable.of(gymnasium.make("FrozenLake-v1"))
    whole, first, second = (
        _agent(table.shape, epsilon=LinearSchedule(1.0, 0.1, 4000), seed=seed) for seed in (3, 3, 4)
    )
    whole.learn_population(table, 80, num_agents=50)
    first.learn_population(table, 30, num_agents=50)
    second.restore(*first.state())
    first.learn_population(table, 1, num_agents=50)  # does not change what was restored
    second.learn_population(table, 50, num_agents=50)
    for name, array in whole.state()[0].items():
        np.testing.assert_array_equal(second.state()[0][name], array, err_msg=name)
    assert second.state()[1] == whole.state()[1] == json.loads(json.dumps(whole.state()[1]))
    scores = [agent.learn(gymnasium.make("FrozenLake-v1"), 200) for agent in (whole, second)]
    assert scores[0] == scores[1]


@pytest.mark.parametrize(
    ("changed", "received"),
    [
        ({"discount": 1.5}, "discount must be from 0 to 1. Received 1.5"),
        ({"epsilon": -0.5}, "epsilon must be from 0 to 1. Received -0.5"),
        ({"learning_rate": 0.0}, "learning_rate must be above 0 and up to 1. Received 0.0"),
        ({"size": (0, 4)}, "num_states must be at least 1. Received 0"),
        ({"size": (4, 0)}, "num_actions must be at least 1. Received 0"),
    ],
)
def test_arguments_out_of_range(changed, received):
    with pytest.raises(ValueError, match=received):
        _agent(**changed)


def test_errors():
    agent = _agent((3, 2))
    with pytest.raises(ValueError, match=r"of the table, \(3, 2\). Received \(5, 2\)"):
        agent.learn_population(_corridor(), 1, num_agents=4)
    with pytest.raises(ValueError, match=r"shape \(3, 2\). Received \(5, 2\)"):
        agent.restore(*_agent().state())
    with pytest.raises(ValueError, match=r"num_agents must be from 1 to 1e12. Received 0"):
        _agent().learn_population(_corridor(), 1, num_agents=0)
    with pytest.raises(ValueError, match=r"power must be at least 1. Received 0.5"):
        VisitCountSchedule(0.5)
