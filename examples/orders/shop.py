"""The command side of the shop: decides, and appends events to the log of an order.

An order is nothing but its events: items of the table `order-events` with the keys `order` and
`version`. A command reads the events, decides, and appends one with the next version, on the
condition that nobody else has appended it meanwhile. What others know of orders, they know from the
table's stream.
"""

import uuid

EVENTS = "order-events"


class Refused(Exception):
    """The command does not fit the state of the order."""


class Shop:
    """Commands on orders; `client` is a boto3 client of DynamoDB."""

    def __init__(self, client):
        self.client = client

    def create_tables(self):
        """Makes the table of events, whose stream feeds the functions, and those of the
        projection; returns the ARN of the stream."""
        def create(name, keys, **more):
            return self.client.create_table(
                TableName=name, BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": key, "AttributeType": kind}
                                      for key, kind in keys],
                KeySchema=[{"AttributeName": key, "KeyType": role}
                           for (key, _), role in zip(keys, ("HASH", "RANGE"))],
                **more)["TableDescription"]

        table = create(EVENTS, [("order", "S"), ("version", "N")],
                       StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})
        create("orders", [("order", "S")])
        create("customers", [("customer", "S")])
        return table["LatestStreamArn"]

    def history(self, order):
        """The events of an order, oldest first."""
        return self.client.query(
            TableName=EVENTS, ConsistentRead=True, KeyConditionExpression="#order = :order",
            ExpressionAttributeNames={"#order": "order"},
            ExpressionAttributeValues={":order": {"S": order}})["Items"]

    def append(self, order, decide):
        """Appends what `decide(events)` answers: (type, attributes). Tries again when somebody
        else was faster, and knows its own event again when an answer got lost on the way."""
        event_id = str(uuid.uuid4())
        while True:
            events = self.history(order)
            if any(event["id"]["S"] == event_id for event in events):
                return
            kind, attributes = decide(events)
            item = {"order": {"S": order}, "version": {"N": str(len(events) + 1)},
                    "id": {"S": event_id}, "type": {"S": kind}, **attributes}
            try:
                self.client.put_item(
                    TableName=EVENTS, Item=item,
                    ConditionExpression="attribute_not_exists(version)")
                return
            except self.client.exceptions.ConditionalCheckFailedException:
                continue

    def place(self, order, customer, total):
        def decide(events):
            if events:
                raise Refused(f"{order} is there already")
            return "OrderPlaced", {"customer": {"S": customer}, "total": {"N": str(total)}}
        self.append(order, decide)

    def pay(self, order, amount):
        """`amount` is text, because that is how it arrives from the bank."""
        def decide(events):
            customer = events[0]["customer"]
            return "OrderPaid", {"customer": customer, "amount": {"S": amount}}
        self.append(order, decide)

    def ship(self, order):
        def decide(events):
            kinds = [event["type"]["S"] for event in events]
            if "OrderPaid" not in kinds:
                raise Refused(f"{order} has not been paid")
            return "OrderShipped", {"customer": events[0]["customer"]}
        self.append(order, decide)
