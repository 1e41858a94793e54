"""Behind a reverse proxy that shows the app below a path, in a real browser."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import expect
from web_pages import QUESTION, Picture, Visit, ask
from web_servers import PASSWORD, proxied, serving

from quoth.web.auth import add_account

pytest_plugins = ("web_fixtures",)


def test_the_page_works_below_a_path_and_asks_for_nothing_above_it(
    visit: Visit, seeds_index: Path, tmp_path: Path, picture: Picture
) -> None:
    """Login, answer and article come through the proxy; answers come in parts as they are known."""
    accounts = tmp_path / "accounts"
    add_account(accounts, "ann", PASSWORD)
    options = ("--reader", "none", "--root-path", "/some/quoth", "--auth", str(accounts))
    with serving(seeds_index, *options) as served:
        target = served.address.removesuffix("/some/quoth/")
        with proxied(target, "/some/quoth", strips=True) as address:
            page = visit(
                address, wait_for="input[type=password]", expected="404"
            )  # its host's icon
            asked: list[str] = []
            page.on("request", lambda request: asked.append(urlsplit(request.url).path))
            page.get_by_label("username").fill("ann")
            page.get_by_label("password").fill(PASSWORD)
            page.get_by_role("button", name="Login").click()
            page.wait_for_selector(".welcome")
            ask(page, QUESTION)
            expect(page.locator(".card").first).to_be_visible()
            page.locator(".choose").last.click()
            expect(page.locator("mark.chosen").first).to_be_visible()
            picture(page)
            assert [path for path in asked if not path.startswith("/some/quoth/")] == []
            assert "/some/quoth/gradio_api/queue/data" in asked
            page.close()
