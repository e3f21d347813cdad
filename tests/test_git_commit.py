"""The commit of a folder, from each layout of the files of a repository."""

import subprocess

import pytest

from kpipe.git_commit import git_commit

A, B, C = "a1" * 20, "b2" * 20, "c3" * 32


@pytest.fixture
def git(tmp_path):
    folder = tmp_path / ".git"
    (folder / "refs" / "heads").mkdir(parents=True)
    (folder / "HEAD").write_text("ref: refs/heads/main\n")
    return folder


def test_a_branch(tmp_path, git):
    (git / "refs" / "heads" / "main").write_text(f"{A}\n")
    (tmp_path / "specs" / "small").mkdir(parents=True)
    assert git_commit(tmp_path) == git_commit(tmp_path / "specs" / "small") == A


def test_a_commit_without_a_branch(tmp_path, git):
    for commit in (A, C):
        (git / "HEAD").write_text(f"{commit}\n")
        assert git_commit(tmp_path) == commit


def test_a_packed_branch_and_one_that_has_moved_since(tmp_path, git):
    (git / "packed-refs").write_text(
        f"# pack-refs with: peeled fully-peeled sorted\n{B} refs/heads/main2\n{A} refs/heads/main\n{B} refs/tags/v1\n^{A}\n"
    )
    assert git_commit(tmp_path) == A
    (git / "refs" / "heads" / "main").write_text(f"{B}\n")
    assert git_commit(tmp_path) == B


def test_a_worktree_has_its_own_head_and_shares_branches(tmp_path, git):
    private, work = git / "worktrees" / "other", tmp_path / "other"
    private.mkdir(parents=True)
    work.mkdir()
    (work / ".git").write_text(f"gitdir: {private}\n")
    (private / "commondir").write_text("../..\n")
    (private / "HEAD").write_text("ref: refs/heads/topic\n")
    (git / "refs" / "heads" / "main").write_text(f"{A}\n")
    (git / "refs" / "heads" / "topic").write_text(f"{B}\n")
    assert (git_commit(tmp_path), git_commit(work)) == (A, B)


def test_a_submodule_whose_path_is_relative(tmp_path, git):
    module, work = git / "modules" / "layers", tmp_path / "layers"
    module.mkdir(parents=True)
    work.mkdir()
    (work / ".git").write_text("gitdir: ../.git/modules/layers\n")
    (module / "HEAD").write_text(f"{B}\n")
    assert git_commit(work) == B


@pytest.mark.parametrize(
    "head", ["", "ref: refs/heads/main\n", "ref: refs/heads/.invalid\n", "ref: HEAD\n", "abc\n", b"\xff\xfe"]
)
def test_no_commit_and_what_is_not_one(tmp_path, git, head):
    (git / "HEAD").write_bytes(head if isinstance(head, bytes) else head.encode())
    assert git_commit(tmp_path) is None


def test_no_repository(tmp_path):
    (tmp_path / ".git").write_text("nothing known")
    assert git_commit(tmp_path) is None
    assert git_commit(tmp_path / "absent") is None


@pytest.mark.slow
def test_what_git_itself_writes(tmp_path):
    def run(*arguments):
        identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
        command = ["git", *identity, "-C", str(tmp_path / "one"), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    (tmp_path / "one").mkdir()
    run("init", "--quiet")
    assert git_commit(tmp_path / "one") is None
    run("commit", "--quiet", "--allow-empty", "--message", "first")
    assert git_commit(tmp_path / "one") == run("rev-parse", "HEAD")
    run("pack-refs", "--all")
    assert git_commit(tmp_path / "one") == run("rev-parse", "HEAD")
    run("worktree", "add", "--quiet", "-b", "topic/two", str(tmp_path / "two"))
    run("commit", "--quiet", "--allow-empty", "--message", "second")
    assert git_commit(tmp_path / "one") == run("rev-parse", "HEAD")
    assert git_commit(tmp_path / "two") == run("rev-parse", "topic/two") != run("rev-parse", "HEAD")
    run("checkout", "--quiet", "--detach", "HEAD~1")
    assert git_commit(tmp_path / "one") == run("rev-parse", "HEAD")
