"""`weather-sms setup`: ask for the settings and store them."""

from __future__ import annotations

from pathlib import Path

import click

from weather_sms import setup as asking
from weather_sms.commands import Env


@click.command()
@click.option(
    "--github",
    is_flag=True,
    help="Store as secrets of a GitHub repository, through GitHub's program gh.",
)
@click.option(
    "--repo",
    metavar="OWNER/NAME",
    help="The repository for --github. Default: the one of this folder.",
)
@click.option(
    "--file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to store the settings in, without --github. Default: secrets.sh.",
)
@click.pass_obj
def setup(env: Env, github: bool, repo: str | None, file: Path | None) -> int:
    """Ask for every setting, try each at once, and store them.

    It says where to get what, proposes defaults, and does not show secrets while they are typed.
    All goes to a file that only you can read, or with --github to the secrets of a repository;
    nothing is replaced without asking. Ctrl-C stops, and the next setup goes on with the answers so
    far.

    Exit code 0: stored. 1: stopped before the end, or it could not be stored. 2: no terminal, or gh
    cannot be used.
    """
    if repo and not github:
        raise click.UsageError("--repo is for secrets on GitHub: add --github.")
    if file and github:
        raise click.UsageError(
            "--file is for a file on this machine: leave away --github, or --file."
        )
    repository = (repo or "") if github else None
    return asking.setup(env, repository=repository, file=file or Path("secrets.sh"))
