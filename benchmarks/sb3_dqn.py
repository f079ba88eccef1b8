"""Runs Stable-Baselines3's DQN on Pong, started by benchmarks/dqn_against_sb3.py.

Reads lines such as "steps 400" or "updates 20", does this work and prints the seconds. Does not use
TensorFlow.
"""

import json
import sys
import time

import ale_py
import gymnasium
import numpy as np
import torch
from stable_baselines3 import DQN
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.env_util import make_atari_env
from stable_baselines3.common.vec_env import VecFrameStack

STARTS = 2_000


class Turns(BaseCallback):
    """Callback that waits for a request before each window of steps."""

    def __init__(self):
        super().__init__()
        self.left = STARTS + 400
        self.asked = False

    def _on_step(self):
        self.left -= 1
        while self.left <= 0:
            if self.asked:
                seconds = time.perf_counter() - self.began
                print(json.dumps({"amount": self.amount, "seconds": seconds}), flush=True)
            else:
                print("ready", flush=True)
            what, amount = sys.stdin.readline().split()
            while what == "updates":
                print(json.dumps(updates(self.model, int(amount))), flush=True)
                what, amount = sys.stdin.readline().split()
            if what == "end":
                return False
            self.asked, self.amount, self.left = True, int(amount), int(amount)
            self.began = time.perf_counter()
        return True


def updates(model, amount):
    """Times plain PyTorch updates of the same network, without buffer and callbacks."""
    random = np.random.default_rng(0)
    network, target = model.q_net, model.q_net_target
    optimizer = torch.optim.Adam(network.parameters(), 1e-4)
    states, following = (
        torch.from_numpy(random.integers(0, 256, (32, 4, 84, 84)).astype("uint8")) for _ in range(2)
    )
    actions = torch.from_numpy(random.integers(0, 6, (32, 1)))
    rewards, goes_on = torch.zeros(32, 1), torch.full((32, 1), 0.99)
    began = time.perf_counter()
    for _ in range(amount):
        with torch.no_grad():
            best = target(following).max(1, keepdim=True).values
            goal = rewards + goes_on * best
        loss = torch.nn.functional.smooth_l1_loss(network(states).gather(1, actions), goal)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return {"amount": amount, "seconds": time.perf_counter() - began}


def main():
    """Plays and learns until the requests end."""
    gymnasium.register_envs(ale_py)
    games = VecFrameStack(make_atari_env("PongNoFrameskip-v4", n_envs=1, seed=0), 4)
    model = DQN(
        "CnnPolicy",
        games,
        learning_rate=1e-4,
        buffer_size=100_000,
        learning_starts=STARTS,
        batch_size=32,
        train_freq=4,
        gradient_steps=1,
        target_update_interval=1_000,
        exploration_initial_eps=0.01,
        exploration_final_eps=0.01,
        optimize_memory_usage=True,
        replay_buffer_kwargs={"handle_timeout_termination": False},
        seed=0,
    )
    model.learn(10**9, callback=Turns(), log_interval=None)


if __name__ == "__main__":
    main()
