from playground_chat.page.words import door_mark, ending, readable


def test_a_picture_in_a_reply_becomes_a_link() -> None:
    assert readable("look ![x](http://stranger/x.png)!") == "look \\![x](http://stranger/x.png)!"


def test_code_is_left_as_it_is() -> None:
    code = "```md\n![x](y) $5\n```\n`![x](y) $5` and ``a ` $5``"
    assert readable(code) == code


def test_a_fence_that_is_still_open_is_code() -> None:
    assert readable("$1\n```sh\necho $1 ![x]") == "\\$1\n```sh\necho $1 ![x]"


def test_money_is_not_a_formula_and_a_formula_stays_one() -> None:
    assert readable("from $5 to $10, $$3x$$, \\$4") == "from \\$5 to \\$10, $$3x$$, \\$4"


def test_only_other_doors_leave_a_mark() -> None:
    assert door_mark({"door": "page"}) is None
    assert door_mark({"door": "rest"}) == "via REST"
    assert door_mark({"door": "mcp"}) == "via MCP"
    assert door_mark({"door": "carrier pigeon"}) == "via carrier pigeon"


def test_a_whole_reply_needs_no_words() -> None:
    assert ending({"status": "complete"}) is None
    assert ending({}) is None


def test_a_failed_reply_says_why() -> None:
    failed = {"status": "failed", "error": {"detail": "The model is away."}}
    assert ending(failed) == "This reply could not be finished. The model is away."
    assert ending({"status": "failed"}) == "This reply could not be finished."


def test_a_stopped_and_an_interrupted_reply_say_so() -> None:
    assert ending({"status": "cancelled"}) == "Stopped."
    assert "Interrupted" in (ending({"status": "interrupted"}) or "")
