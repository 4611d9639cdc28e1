"""The projection: from events to the tables `orders` and `customers`, each event exactly once.

All updates of a batch go into one transaction that carries the batch's checkpoint token: the server
commits them together with the position of the mapping, or not at all. A batch that is delivered
again after a crash can therefore not count twice.
"""

import hashlib
import os
from decimal import Decimal

import boto3

# Newer versions of boto3 find the endpoint by themselves.
client = boto3.client("dynamodb", endpoint_url=os.environ["AWS_ENDPOINT_URL"])


def amount_of(text):
    """The amount of a payment."""
    return Decimal(text)


def handler(event, context):
    orders = {}
    customers = {}
    for record in event["Records"]:
        apply(record["dynamodb"]["NewImage"], orders, customers)
    updates = [update("orders", "order", key, change) for key, change in orders.items()]
    updates += [update("customers", "customer", key, change) for key, change in customers.items()]
    # Only live deliveries have a token; a batch that is redriven by hand is told by its events.
    events = "".join(record["eventID"] for record in event["Records"])
    token = context.checkpoint_token or hashlib.sha256(events.encode()).hexdigest()[:36]
    try:
        client.transact_write_items(ClientRequestToken=token, TransactItems=updates)
    except client.exceptions.TransactionCanceledException as error:
        if "CheckpointConflict" not in str(error):
            raise
        print("this batch has been finished by another delivery")


def apply(image, orders, customers):
    """Adds one event to what the batch changes: {key: {attribute: number or text}}."""
    order = orders.setdefault(image["order"]["S"], {})
    customer = customers.setdefault(image["customer"]["S"], {})
    kind = image["type"]["S"]
    add(order, "events", 1)
    if kind == "OrderPlaced":
        add(order, "total", Decimal(image["total"]["N"]))
        add(customer, "orders", 1)
    elif kind == "OrderPaid":
        amount = amount_of(image["amount"]["S"])
        add(order, "paid", amount)
        add(customer, "paid", amount)
    elif kind == "OrderShipped":
        order["shipped"] = "yes"
        add(customer, "shipped", 1)


def add(change, name, number):
    change[name] = change.get(name, 0) + number


def update(table, key_name, key, change):
    """One action of the transaction: numbers are added, texts are set."""
    numbers = {name: value for name, value in change.items() if not isinstance(value, str)}
    texts = {name: value for name, value in change.items() if isinstance(value, str)}
    parts = []
    if texts:
        parts.append("SET " + ", ".join(f"#{name} = :{name}" for name in texts))
    if numbers:
        parts.append("ADD " + ", ".join(f"#{name} :{name}" for name in numbers))
    action = {"TableName": table, "Key": {key_name: {"S": key}}}
    if parts:
        action["UpdateExpression"] = " ".join(parts)
        action["ExpressionAttributeNames"] = {f"#{name}": name for name in change}
        action["ExpressionAttributeValues"] = {
            **{f":{name}": {"N": str(value)} for name, value in numbers.items()},
            **{f":{name}": {"S": value} for name, value in texts.items()}}
    return {"Update": action}
