"""Files from the network: fetched once, checked, and kept."""

from pathlib import Path

TIMEOUT = (5, 30)  # seconds to connect, seconds between two pieces of an answer


def fetch(url: str, sha256: str, path: Path) -> None:
    """Have the file at `path`, from `url` if what is there has another sha256.

    It comes under a temporary name, is checked, and only then moved into place.

    Raises:
        OSError: no network, or no right to write.
        ValueError: what came has another sha256.
    """
    import pooch

    pooch.retrieve(
        url,
        known_hash=f"sha256:{sha256}",
        fname=path.name,
        path=path.parent,
        downloader=pooch.HTTPDownloader(progressbar=True, timeout=TIMEOUT),
    )
