"""Pixlpay's JSON to the model: pure functions from the bytes of an answer.

Shapes: the vendor page and FACTS section 1b; the X numbers are oddities of FACTS section 7.
"""
