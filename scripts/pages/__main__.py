"""`python -m scripts.pages`: write the pages anew that show something made."""

from scripts.pages import renew

renew()
