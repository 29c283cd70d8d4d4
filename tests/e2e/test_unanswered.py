# SPDX-License-Identifier: Apache-2.0
"""Questions to the workspace that a cycle can do without, or whose answer may be no: they are answered
with an error, and the cycle goes on.
"""

import pytest

from world import ABC, ROOT

EDITED = ABC.replace("'a'", "'edited'")
ANSWERS = {
    "refused": {"status": 403, "error_code": "PERMISSION_DENIED", "message": "no"},
    "token": {"status": 401, "body": "", "content_type": "text/plain"},
    "empty": {"status": 200, "body": "{}"},
    "no text": {"status": 200, "body": '{"userName": 5, "object_id": "x"}'},
    "no json": {"status": 200, "body": "<html>", "content_type": "text/html"},
}


@pytest.mark.parametrize("question", ["/Me", "/get-status"])
@pytest.mark.parametrize("answer", ANSWERS)
def test_who_we_are_and_which_folder_it_is(agreed, question, answer):
    agreed.emulator.faults({"action": "status", "endpoint": question, **ANSWERS[answer]})
    agreed.sync_any()
    struck = [r for r in agreed.requests() if question in r["endpoint"] and r.get("fault")]
    assert struck, agreed.requests()
    agreed.emulator.faults(clear=True)
    agreed.write("load.py", EDITED)
    agreed.sync()
    agreed.everywhere("load", EDITED)
    agreed.quiet()


@pytest.fixture
def renamed(world):
    """A notebook goes up to where its folder was; the folder lost its last one in this cycle."""
    world.write("orders/load.py", ABC)
    world.write("stays.py", ABC)
    world.sync()
    (world.local / "orders/load.py").unlink()
    (world.local / "orders").rmdir()
    world.write("orders.py", EDITED)
    return world


def before_the_folder_goes(world, **user):
    world.emulator.faults({"action": "user", "endpoint": "workspace/delete", "skip": 1, "count": 1,
                           "path": f"{ROOT}/orders", "user": user})


def test_a_folder_that_is_gone_already(renamed):
    before_the_folder_goes(renamed, delete={"path": f"{ROOT}/orders"})
    renamed.sync()
    renamed.everywhere("orders", EDITED)
    renamed.quiet()


def test_a_folder_that_does_not_make_room(renamed):
    """Somebody put something else into it."""
    before_the_folder_goes(renamed, edit={"path": f"{ROOT}/orders/data.csv", "format": "AUTO",
                                          "content": "1,2\n"})
    result = renamed.sync(code=5)
    assert [(h["path"], h["sentence"]) for h in result["held"]] == [
        ("orders", "something else than this notebook stands at 'orders' in the workspace, which "
                   "cannot have both: rename one of them")]
    assert f"{ROOT}/orders/data.csv" in renamed.emulator.dump()
    renamed.emulator.delete(f"{ROOT}/orders")
    renamed.sync()
    renamed.everywhere("orders", EDITED)
    renamed.quiet()
