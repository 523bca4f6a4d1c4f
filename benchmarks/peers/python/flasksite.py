"""The site on Flask, for Gunicorn and uWSGI."""

import json
import os
import sqlite3
import threading
import time

from flask import Flask, Response, jsonify, render_template, request, session

from orders import mistake, receipt

app = Flask(
    __name__,
    static_folder=os.environ["BENCHMARKS_STATIC"],
    static_url_path="/static",
    template_folder=os.environ["BENCHMARKS_TEMPLATES"],
)
app.secret_key = "this-key-signs-nothing-but-benchmarks"


def text(body):
    return Response(body, mimetype="text/plain")


@app.get("/plaintext")
@app.get("/plaintext/<id>")
def plaintext(id=None):
    return text("Hello, World!")


@app.get("/json")
def hello():
    return jsonify(message="Hello, World!")


@app.get("/sleep")
def sleep():
    time.sleep(0.010)
    return text("slept")


@app.post("/orders")
def take():
    order = request.get_json()
    wrong = mistake(order)
    if wrong:
        return jsonify(error=wrong), 400
    return jsonify(receipt(order))


@app.get("/session")
def visit():
    session["visits"] = session.get("visits", 0) + 1
    return text(str(session["visits"]))


local = threading.local()


@app.get("/fortunes")
def fortunes():
    if not hasattr(local, "database"):
        local.database = sqlite3.connect(os.environ["BENCHMARKS_DATABASE"])
    rows = [{"id": id, "message": message} for id, message in local.database.execute("SELECT id, message FROM fortune")]
    rows.sort(key=lambda row: row["message"])
    return render_template("jinja.html", fortunes=rows)


def route(id="", part=""):
    return text(id + " " + part)


with open(os.environ["BENCHMARKS_ROUTES"]) as routes:
    for pattern in json.load(routes):
        rule = pattern.replace("{", "<").replace("}", ">")
        app.add_url_rule(rule, endpoint=pattern.replace(".", "_"), view_func=route)
