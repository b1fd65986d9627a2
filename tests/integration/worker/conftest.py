"""What the tests of the worker on a real engine share."""

import subprocess
from collections.abc import Iterator

import pytest

from tests.support.docker_engine import docker


@pytest.fixture(scope="session")
def real_page_image(docker_page_image: str) -> Iterator[str]:
    """The product's own page image; what has not changed is in the builder's cache."""
    tag = f"{docker_page_image.split(':')[0]}:real-page"
    command = ["docker", "build", "--quiet", "--target", "page", "--tag", tag]
    subprocess.run([*command, "--file", "services/chat/Dockerfile", "."], check=True)
    yield tag
    docker("image", "rm", "--force", tag)
