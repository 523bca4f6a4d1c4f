"""The site on Tornado, on the port given as the argument."""

import asyncio
import json
import os
import re
import sqlite3
import sys

import tornado.web

from orders import mistake, receipt


class Text(tornado.web.RequestHandler):
    def text(self, body):
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.write(body)


class Plaintext(Text):
    def get(self, id=None):
        self.text("Hello, World!")


class Hello(tornado.web.RequestHandler):
    def get(self):
        self.set_header("Content-Type", "application/json")
        self.write(json.dumps({"message": "Hello, World!"}))


class Sleep(Text):
    async def get(self):
        await asyncio.sleep(0.010)
        self.text("slept")


class Take(tornado.web.RequestHandler):
    def post(self):
        try:
            order = json.loads(self.request.body)
        except ValueError as error:
            raise tornado.web.HTTPError(400) from error
        if mistake(order):
            raise tornado.web.HTTPError(400)
        self.set_header("Content-Type", "application/json")
        self.write(json.dumps(receipt(order)))


class Visit(Text):
    def get(self):
        visits = int(self.get_secure_cookie("session") or 0) + 1
        self.set_secure_cookie("session", str(visits))
        self.text(str(visits))


database = sqlite3.connect(os.environ["BENCHMARKS_DATABASE"])


class Fortunes(tornado.web.RequestHandler):
    def get(self):
        rows = database.execute("SELECT id, message FROM fortune").fetchall()
        rows.sort(key=lambda row: row[1])
        self.render("fortunes.html", fortunes=rows)


class Route(Text):
    def get(self, id="", part=""):
        self.text(id + " " + part)


async def main(port):
    with open(os.environ["BENCHMARKS_ROUTES"]) as routes:
        patterns = [re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern) for pattern in json.load(routes)]
    site = tornado.web.Application(
        [("/plaintext", Plaintext), ("/plaintext/(?P<id>[^/]+)", Plaintext), ("/json", Hello), ("/sleep", Sleep), ("/orders", Take), ("/session", Visit),
         ("/fortunes", Fortunes)]
        + [(pattern, Route) for pattern in patterns],
        cookie_secret="this-key-signs-nothing-but-benchmarks",
        static_path=os.environ["BENCHMARKS_STATIC"],
        log_function=lambda handler: None,
        compress_response=False,
    )
    site.listen(port, address="127.0.0.1", backlog=1024)
    await asyncio.Event().wait()


asyncio.run(main(int(sys.argv[1])))
