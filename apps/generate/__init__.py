"""Autoencoders, VAE, GAN and RBM: learn what images are like and generate new ones."""
