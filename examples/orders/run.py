#!/usr/bin/env python3
"""An event-sourced shop on Millrace, from the first order to the last check.

    examples/orders/run.py                  starts build/release/millrace, runs, checks, cleans up
    examples/orders/run.py --binary=PATH    another server
    examples/orders/run.py --orders=1000    a longer day

Commands append events (shop.py); a projection (projection.py) and a notifier (notifier.mjs) follow
them. The server is killed while the shop is open. One payment cannot be read: it ends in the
dead-letter queue, the projection is repaired, and the payment is delivered again. At the end the
projection must be what counting the events by hand gives. Exits with 0 only if it is.
"""

import argparse
import concurrent.futures
import io
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile
from decimal import Decimal

import boto3
from botocore.config import Config

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from shop import EVENTS, Shop  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ROLE = "arn:aws:iam::000000000000:role/orders"
PATIENCE_S = 60
CUSTOMERS = [f"customer {number}" for number in range(10)]
POISON = "12,50"


class Server:
    """The server's process, which is killed and started again on the same port."""

    def __init__(self, binary, data_dir):
        self.binary = binary
        self.data_dir = data_dir
        self.port = 0
        self.process = None
        self.start()

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        self.process = subprocess.Popen(
            [self.binary, f"--data_dir={self.data_dir}", f"--port={self.port}",
             f"--functions_python={sys.executable}", "--mapping_retry_base=100ms"],
            stdout=subprocess.PIPE, text=True)
        ready = self.process.stdout.readline()
        if not ready.startswith("millrace ready on "):
            raise SystemExit("the server did not start")
        self.port = int(ready.rsplit(":", 1)[1])

    def end(self, how):
        self.process.send_signal(how)
        code = self.process.wait(30)
        self.process.stdout.close()
        return code

    def client(self, service):
        return boto3.client(
            service, endpoint_url=self.endpoint, region_name="us-east-1",
            aws_access_key_id="local", aws_secret_access_key="local",
            config=Config(retries={"max_attempts": 12, "mode": "standard"},
                          max_pool_connections=16))

    def admin(self, method, path, body=None):
        """A call of the admin interface, which no SDK knows."""
        request = urllib.request.Request(
            self.endpoint + path, method=method, data=None if body is None else
            json.dumps(body).encode(), headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else None


def eventually(probe, what):
    """What `probe` answers as soon as it is something."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        answer = probe()
        if answer:
            return answer
        time.sleep(0.05)
    raise SystemExit(f"gave up waiting for {what}")


def package(*names, replace=()):
    """A zip of files of this folder; `replace` holds pairs of texts to exchange in them."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            text = (HERE / name).read_text(encoding="utf-8")
            for old, new in replace:
                assert old in text
                text = text.replace(old, new)
            archive.writestr(name, text)
    return buffer.getvalue()


def deploy(server, stream_arn):
    """Functions, queues and mappings, as `aws lambda` and `aws sqs` would make them; returns the
    URLs of the queues and the mapping of the projection."""
    queues, functions = server.client("sqs"), server.client("lambda")
    notifications = queues.create_queue(QueueName="notifications")["QueueUrl"]
    failed = queues.create_queue(QueueName="failed-events")["QueueUrl"]
    failed_arn = queues.get_queue_attributes(
        QueueUrl=failed, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    functions.create_function(
        FunctionName="projection", Runtime="python3.11", Handler="projection.handler", Role=ROLE,
        Timeout=30, MemorySize=256, Code={"ZipFile": package("projection.py")})
    functions.create_function(
        FunctionName="notifier", Runtime="nodejs20.x", Handler="notifier.handler", Role=ROLE,
        Timeout=30, Code={"ZipFile": package("notifier.mjs")},
        Environment={"Variables": {"QUEUE_URL": notifications}})

    projection = functions.create_event_source_mapping(
        EventSourceArn=stream_arn, FunctionName="projection", StartingPosition="TRIM_HORIZON",
        BatchSize=40, ParallelizationFactor=2, MaximumRetryAttempts=1,
        BisectBatchOnFunctionError=True,
        DestinationConfig={"OnFailure": {"Destination": failed_arn}})
    functions.create_event_source_mapping(
        EventSourceArn=stream_arn, FunctionName="notifier", StartingPosition="TRIM_HORIZON",
        BatchSize=10, FilterCriteria={"Filters": [{"Pattern": json.dumps(
            {"dynamodb": {"NewImage": {"type": {"S": ["OrderShipped"]}}}})}]})
    return notifications, failed, projection["UUID"]


def trade(shop, orders, poisoned, finished):
    """Places, pays and ships orders, several at a time; adds their numbers to `finished`."""
    def life(number):
        order = f"order {number:05}"
        dice = random.Random(number)
        total = dice.randrange(100, 10000)
        shop.place(order, dice.choice(CUSTOMERS), total)
        shop.pay(order, POISON if number == poisoned else str(total))
        if dice.random() < 0.7:
            shop.ship(order)
        finished.append(number)

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(life, range(orders)))


def kill_while_trading(server, shop, orders, kills):
    """Trades, and kills the server so many times while that goes on."""
    finished = []
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        trading = pool.submit(trade, shop, orders, orders // 2, finished)
        for number in range(1, kills + 1):
            share = orders * number // (kills + 1)
            eventually(lambda share=share: trading.done() or len(finished) >= share, "orders")
            server.end(signal.SIGKILL)
            server.start()
        trading.result()


def scan(client, table):
    """All items of a table."""
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return [item for page in pages for item in page["Items"]]


def recount(client, without_poison):
    """What the projection has to be: every event, counted by hand."""
    orders, customers = {}, {}

    def add(change, name, number):
        change[name] = change.get(name, 0) + number

    for event in scan(client, EVENTS):
        amount = event.get("amount", {}).get("S", "0")
        if without_poison and amount == POISON:
            continue
        order = orders.setdefault(event["order"]["S"], {})
        customer = customers.setdefault(event["customer"]["S"], {})
        add(order, "events", 1)
        kind = event["type"]["S"]
        if kind == "OrderPlaced":
            add(order, "total", Decimal(event["total"]["N"]))
            add(customer, "orders", 1)
        elif kind == "OrderPaid":
            add(order, "paid", Decimal(amount.replace(",", ".")))
            add(customer, "paid", Decimal(amount.replace(",", ".")))
        else:
            order["shipped"] = "yes"
            add(customer, "shipped", 1)
    return orders, customers


def projected(client):
    """What the projection is."""
    def plain(item, key):
        return {name: Decimal(value["N"]) if "N" in value else value["S"]
                for name, value in item.items() if name != key}
    return ({item["order"]["S"]: plain(item, "order") for item in scan(client, "orders")},
            {item["customer"]["S"]: plain(item, "customer")
             for item in scan(client, "customers")})


def receive_all(queues, url, enough):
    """Receives and deletes messages until `enough(bodies)`."""
    bodies = []

    def more():
        answer = queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for message in answer.get("Messages", []):
            bodies.append(json.loads(message["Body"]))
            queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return enough(bodies)

    eventually(more, f"messages in {url}")
    return bodies


def day_in_the_shop(server, orders, kills):
    client = server.client("dynamodb")
    shop = Shop(client)
    notifications, failed, mapping = deploy(server, shop.create_tables())
    print(f"open: {orders} orders, {kills} kills")
    kill_while_trading(server, shop, orders, kills)

    queues = server.client("sqs")
    shipped = {event["order"]["S"] for event in scan(client, EVENTS)
               if event["type"]["S"] == "OrderShipped"}
    receive_all(queues, notifications,
                lambda bodies: {body["order"] for body in bodies} == shipped)
    print(f"{len(shipped)} orders were shipped, and each was notified")

    letter = receive_all(queues, failed, lambda bodies: bodies)[0]
    assert letter["requestContext"]["condition"] == "RetryAttemptsExhausted", letter
    assert letter["DDBStreamBatchInfo"]["batchSize"] == 1, letter
    eventually(lambda: projected(client) == recount(client, without_poison=True),
               "the projection without the payment that cannot be read")
    print("one payment cannot be read and is in the dead-letter queue; all others are counted")

    server.client("lambda").update_function_code(
        FunctionName="projection", ZipFile=package("projection.py", replace=[
            ("return Decimal(text)", 'return Decimal(text.replace(",", "."))')]))
    discards = server.admin("GET", f"/_admin/esm/{mapping}/discards")["discards"]
    assert len(discards) == 1, discards
    server.admin("POST", f"/_admin/esm/{mapping}/discards/{discards[0]['id']}/redrive", {})
    eventually(lambda: projected(client) == recount(client, without_poison=False),
               "the projection with all payments")
    print("the projection is repaired, the payment delivered again: every event counts once")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=os.environ.get(
        "MILLRACE_BINARY", str(ROOT / "build/release/millrace")))
    parser.add_argument("--orders", type=int, default=200)
    parser.add_argument("--kills", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="millrace-orders-") as data_dir:
        server = Server(arguments.binary, data_dir)
        try:
            day_in_the_shop(server, arguments.orders, arguments.kills)
            code = server.end(signal.SIGTERM)
        except BaseException:
            server.end(signal.SIGKILL)
            raise
    print("ok" if code == 0 else f"the server ended with {code}")
    return code


if __name__ == "__main__":
    sys.exit(main())
