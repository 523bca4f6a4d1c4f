"""The orders of the binding workload: their rules, and the answer.

Neither Flask nor Tornado validates, so the rules are written out, as plainly as
they can be. They are those of internal/order.
"""

import re

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


def text(value, most, least=1):
    return isinstance(value, str) and least <= len(value) <= most


def number(value, least, most):
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def letters(value, length):
    return text(value, length, length) and value.isascii()


def mistake(order):
    """What is wrong with an order, or None."""
    if not isinstance(order, dict):
        return "an order is an object"
    get = order.get
    if not (letters(get("number"), 10) and get("number").isalnum()):
        return "number"
    if not text(get("name"), 60):
        return "name"
    if not (text(get("email"), 254) and EMAIL.fullmatch(get("email"))):
        return "email"
    if get("currency") not in ("EUR", "GBP", "USD"):
        return "currency"
    if not isinstance(get("express", False), bool):
        return "express"
    discount = get("discount", 0)
    if not isinstance(discount, (int, float)) or isinstance(discount, bool) or not 0 <= discount < 1:
        return "discount"
    address = get("address")
    if not isinstance(address, dict):
        return "address"
    if not (text(address.get("street"), 80) and text(address.get("city"), 60)):
        return "address"
    if not (letters(address.get("zip"), 5) and address["zip"].isdigit()):
        return "zip"
    if not (letters(address.get("country"), 2) and address["country"].isalpha()):
        return "country"
    items = get("items")
    if not isinstance(items, list) or not 1 <= len(items) <= 20:
        return "items"
    for item in items:
        if not isinstance(item, dict) or not text(item.get("title"), 80):
            return "title"
        if not (letters(item.get("article"), 8) and item["article"].isalnum()):
            return "article"
        if not (number(item.get("quantity"), 1, 100) and number(item.get("cents"), 1, 2**63 - 1)):
            return "quantity or cents"
    tags = get("tags", [])
    if not isinstance(tags, list) or len(tags) > 10 or not all(text(tag, 20, 2) for tag in tags):
        return "tags"
    if not text(get("note", ""), 500, 0):
        return "note"
    return None


def receipt(order):
    total = sum(item["quantity"] * item["cents"] for item in order["items"])
    return {
        "number": order["number"],
        "name": order["name"],
        "city": order["address"]["city"],
        "pieces": sum(item["quantity"] for item in order["items"]),
        "cents": round(total * (1 - order.get("discount", 0))),
    }
