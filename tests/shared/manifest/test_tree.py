from shared.manifest.tree import Tree

TREE = Tree(
    {"README.md": b"", "apps/base/a.yaml": b"a", "apps/base/b.yaml": b"", "apps/c.yaml": b""}
)


def test_a_listing_names_files_and_directories():
    assert TREE.listing("") == ("README.md", "apps/")
    assert TREE.listing("apps") == ("base/", "c.yaml")
    assert TREE.listing("apps/base") == ("a.yaml", "b.yaml")


def test_what_is_not_a_directory_lists_nothing():
    assert TREE.listing("apps/c.yaml") == ()
    assert not TREE.is_directory("apps/c.yaml")
    assert TREE.is_directory("apps/base")


def test_an_empty_tree_has_a_root():
    assert Tree({}).is_directory("")
    assert Tree({}).listing("") == ()


def test_it_reads_like_a_mapping():
    assert TREE["apps/base/a.yaml"] == b"a"
    assert "apps" not in TREE
    assert len(TREE) == 4
