"""Calls functions of one Python file for the loader: requests come as lines of JSON on the standard input, replies go to file descriptor 3."""

import ctypes
import datetime
import decimal
import importlib.util
import json
import os
import signal
import sys
import traceback
import uuid

KILL_WITH_PARENT = 1

requests = open(0, encoding="utf-8", newline="\n", closefd=False)
replies = os.fdopen(3, "w", encoding="utf-8", newline="\n")


def die_with_parent():
    """Linux kills this process when the one that started it dies, whatever it is doing then."""
    try:
        ctypes.CDLL(None).prctl(KILL_WITH_PARENT, signal.SIGKILL)
    except (AttributeError, OSError):
        pass


def plain(value):
    """What JSON does not know by itself."""
    if isinstance(value, decimal.Decimal):
        return str(value)
    if isinstance(value, (datetime.date, datetime.datetime, datetime.time)):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    if hasattr(value, "item"):
        return value.item()
    if isinstance(value, (set, frozenset, tuple)) or hasattr(value, "__iter__"):
        return list(value)
    raise TypeError("%s cannot be given back" % type(value).__name__)


def say(message):
    replies.write(json.dumps(message, ensure_ascii=False, default=plain, allow_nan=False))
    replies.write("\n")
    replies.flush()


def hear():
    line = requests.readline()
    if line == "":
        sys.exit(0)
    return json.loads(line)


class Subject:
    """The table that a rule measures, inside the transaction of the load."""

    def __init__(self, table, load_id):
        self.table = table
        self.load_id = load_id

    def query(self, sql, values=()):
        """Rows as dictionaries; decimals and numbers beyond 2^53 are texts. Parameters are $1, $2, …"""
        say({"query": sql, "values": list(values)})
        answer = hear()
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["rows"]


def load(path, name):
    sys.path.insert(0, os.path.dirname(path))
    spec = importlib.util.spec_from_file_location("polyflow_function", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["polyflow_function"] = module
    spec.loader.exec_module(module)
    function = getattr(module, name, None)
    if not callable(function):
        raise AttributeError("%s has no function %s" % (path, name))
    return function


def number(value):
    return float(value) if isinstance(value, decimal.Decimal) else value


def main():
    die_with_parent()
    function = None
    while True:
        request = hear()
        try:
            if function is None:
                function = load(request["file"], request["name"])
            if "records" in request:
                result = function(request["records"])
                say({"result": [] if result is None else list(result)})
            else:
                say({"result": number(function(Subject(request["table"], request["loadId"])))})
        except Exception as error:
            say({"error": "%s: %s" % (type(error).__name__, error), "trace": traceback.format_exc(limit=-3)})


main()
