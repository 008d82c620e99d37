"""`python -m gateway`, also installed as `referral-gateway`."""

from gateway.cli import main

if __name__ == "__main__":
    main(prog_name="referral-gateway")
