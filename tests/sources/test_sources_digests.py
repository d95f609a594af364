"""A digest is worked out once for every state of a file, and never taken for another state's."""

from __future__ import annotations

import hashlib
import os
import time

import pytest

from winback.sources import digests
from winback.sources.digests import DigestBook


@pytest.fixture
def counted(monkeypatch):
    """Names of the files that are read."""
    names = []

    def counting(path):
        names.append(path.name)
        return hashlib.sha256(path.read_bytes()).hexdigest()

    monkeypatch.setattr(digests, "sha256_of_file", counting)
    return names


@pytest.fixture
def settled(tmp_path, monkeypatch):
    """A file that was written long ago, as the clock of the book has it."""
    path = tmp_path / "a.csv"
    path.write_text("1")
    time.sleep(0.02)  # longer than a tick of the file system's clock
    now = digests.time.time_ns
    monkeypatch.setattr(digests.time, "time_ns", lambda: now() + 10**12)
    return path


def test_a_file_is_digested_once(tmp_path, settled, counted):
    first = DigestBook(tmp_path / "book.json").digests([settled])
    assert DigestBook(tmp_path / "book.json").digests([settled]) == first == [hashlib.sha256(b"1").hexdigest()]
    assert counted == ["a.csv"]


def test_other_bytes_of_the_same_size_and_time_are_seen(tmp_path, settled):
    book = DigestBook(tmp_path / "book.json")
    book.digests([settled])
    stat = settled.stat()
    settled.write_text("2")
    os.utime(settled, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert book.digests([settled]) == [hashlib.sha256(b"2").hexdigest()]


def test_another_file_put_in_its_place_is_seen(tmp_path, settled):
    book = DigestBook(tmp_path / "book.json")
    book.digests([settled])
    other = tmp_path / "b.csv"
    other.write_text("2")
    other.replace(settled)
    assert book.digests([settled]) == [hashlib.sha256(b"2").hexdigest()]


def test_what_was_just_written_is_not_trusted(tmp_path, counted):
    path = tmp_path / "a.csv"
    path.write_text("1")
    for _ in range(2):
        DigestBook(tmp_path / "book.json").digests([path])
    assert counted == ["a.csv", "a.csv"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"a": 1}'])
def test_a_broken_book_is_an_empty_one(tmp_path, settled, content):
    (tmp_path / "book.json").write_text(content)
    assert DigestBook(tmp_path / "book.json").digests([settled]) == [hashlib.sha256(b"1").hexdigest()]
