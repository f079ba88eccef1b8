"""Autoencoders, VAE, GAN and RBM: learn what pictures are like and make new ones."""
