"""Sizes, and who may log in to an image."""

import pytest

from cloudmesh_iac.core.nodes import Flavor, Image, Size, login_of, smallest_fitting

FLAVORS = (
    Flavor("large", 8, 32768, 100),
    Flavor("wide", 2, 8192, 10),
    Flavor("small", 2, 4096, 20),
    Flavor("tall", 1, 16384, 10),
)


@pytest.mark.parametrize(
    ("size", "name"),
    [
        (Size(cpus=2, memory_mb=4096), "small"),
        (Size(cpus=2, memory_mb=4097), "wide"),
        (Size(memory_mb=10000), "tall"),
        (Size(cpus=1, disk_gb=30), "large"),
        (Size(), "tall"),
    ],
)
def test_the_smallest_flavor_that_fits_is_taken(size: Size, name: str) -> None:
    found = smallest_fitting(size, FLAVORS)
    assert found is not None
    assert found.name == name


def test_no_flavor_is_taken_that_lacks_something() -> None:
    assert smallest_fitting(Size(cpus=9), FLAVORS) is None


def test_a_size_is_said_as_people_write_it() -> None:
    assert str(Size(2, 4096, 20)) == "2 cpus, 4 GiB, 20 GiB of disk"
    assert str(Size()) == "any size"


@pytest.mark.parametrize(
    ("image", "login"),
    [
        ("Ubuntu-24.04", "ubuntu"),
        ("CC-Ubuntu22.04", "cc"),
        ("Rocky-9-latest", "rocky"),
        ("my-own", "root"),
    ],
)
def test_the_user_of_an_image_is_guessed_by_its_name(image: str, login: str) -> None:
    assert login_of(image) == login


def test_what_a_site_says_of_an_image_counts_more_than_a_guess() -> None:
    images = (Image("ubuntu-24.04", id="4711", login="me"), Image("rocky-9", id="4712"))
    assert login_of("ubuntu-24.04", images) == "me"
    assert login_of("4711", images) == "me"
    assert login_of("4712", images) == "rocky"
