"""Runs a Python handler: the process that the server starts for a function with a Python runtime.

It asks the Runtime API for one event after the other, calls the handler and sends back what it
returns or how it failed. It is part of the server's binary and uses only the standard library; what
takes long to import (http, traceback, logging) is left out or imported when it is needed, because
every cold start waits for it.
"""

import json
import os
import socket
import sys
import time

BASE = "/2018-06-01/runtime"


class RuntimeApi:
    """The calls of the Runtime API over one connection that is kept."""

    def __init__(self, address):
        host, port = address.rsplit(":", 1)
        self.address = (host, int(port))
        self.host = address
        self.connection = None
        self.input = None
        self.asked = False  # the next event has been asked for

    def call(self, method, path, body=b"", headers=()):
        """Sends one request; returns (status, headers with lower-case names, body)."""
        self._send(self._request(method, path, body, headers))
        return self._answer()

    def respond(self, path, body):
        """Sends a response, and the request for the next event in the same packet."""
        self._send(self._request("POST", path, body) + self._request("GET", "/invocation/next"))
        self.asked = True
        self._answer()

    def next_event(self):
        """Waits for an event; returns what call does."""
        if not self.asked:
            self._send(self._request("GET", "/invocation/next"))
        self.asked = False
        return self._answer()

    def _request(self, method, path, body=b"", headers=()):
        head = f"{method} {BASE}{path} HTTP/1.1\r\nHost: {self.host}\r\n"
        for name, value in headers:
            head += f"{name}: {value}\r\n"
        if method == "POST":
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        return (head + "\r\n").encode("latin-1") + body

    def _send(self, data):
        if self.connection is None:
            self.connection = socket.create_connection(self.address)
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.input = self.connection.makefile("rb")
        self.connection.sendall(data)

    def _answer(self):
        status_line = self.input.readline()
        if not status_line:
            # The server has gone; nobody is left to run for.
            os._exit(0)
        status = int(status_line.split(b" ", 2)[1])
        headers = {}
        while True:
            line = self.input.readline().rstrip(b"\r\n")
            if not line:
                break
            name, value = line.split(b":", 1)
            headers[name.decode("latin-1").lower()] = value.decode("utf-8").strip()
        length = int(headers.get("content-length", "0"))
        return status, headers, self.input.read(length)

    def post_failure(self, path, failure):
        """Sends a failure document."""
        self.call("POST", path, to_json(failure),
                  [("Lambda-Runtime-Function-Error-Type", failure["errorType"])])


class CognitoIdentity:
    """Who called, when it was a mobile application."""

    __slots__ = ("cognito_identity_id", "cognito_identity_pool_id")

    def __init__(self, document):
        self.cognito_identity_id = document.get("cognitoIdentityId")
        self.cognito_identity_pool_id = document.get("cognitoIdentityPoolId")


class Client:
    """The application that called, as it describes itself."""

    __slots__ = ("installation_id", "app_title", "app_version_name", "app_version_code",
                 "app_package_name")

    def __init__(self, document):
        for name in self.__slots__:
            setattr(self, name, document.get(name))


class ClientContext:
    """What the caller sent along besides the event."""

    __slots__ = ("custom", "env", "client")

    def __init__(self, document):
        self.custom = document.get("custom")
        self.env = document.get("env")
        self.client = Client(document["client"]) if document.get("client") else None


class Context:
    """The handler's second argument."""

    def __init__(self, headers):
        environment = os.environ
        self.function_name = environment.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = environment.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = environment.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = environment.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = environment.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.aws_request_id = headers.get("lambda-runtime-aws-request-id")
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn")
        self.tenant_id = headers.get("lambda-runtime-aws-tenant-id")
        self.checkpoint_token = headers.get("lambda-runtime-checkpoint-token")
        self.replay_id = headers.get("lambda-runtime-replay-id")
        client_context = headers.get("lambda-runtime-client-context")
        self.client_context = ClientContext(json.loads(client_context)) if client_context else None
        identity = headers.get("lambda-runtime-cognito-identity")
        self.identity = CognitoIdentity(json.loads(identity) if identity else {})
        self._deadline_ms = int(headers.get("lambda-runtime-deadline-ms", "0"))

    def get_remaining_time_in_millis(self):
        """Milliseconds until the invocation is ended by force; never negative."""
        return max(0, self._deadline_ms - int(time.time() * 1000))

    def log(self, message):
        """Writes a line to the function's log."""
        sys.stdout.write(str(message))


class InitFailure(Exception):
    """The handler cannot be loaded."""

    def __init__(self, error_type, message, trace=()):
        super().__init__(message)
        self.error_type = error_type
        self.trace = list(trace)


def to_json(value):
    """The JSON text of a value as UTF-8."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def stack_trace(error, skip):
    """The formatted frames of an error without the first `skip`, which are this file's."""
    import traceback
    return traceback.format_list(traceback.extract_tb(error.__traceback__)[skip:])


def import_handler_module(module_name):
    """Imports the module, turning what goes wrong into an InitFailure."""
    import importlib
    try:
        return importlib.import_module(module_name)
    except ImportError as error:
        raise InitFailure("Runtime.ImportModuleError",
                          f"Unable to import module '{module_name}': {error}") from error
    except SyntaxError as error:
        trace = [f'  File "{error.filename}" Line {error.lineno}\n    {error.text}']
        raise InitFailure("Runtime.UserCodeSyntaxError",
                          f"Syntax error in module '{module_name}': {error}", trace) from error
    except Exception as error:
        raise InitFailure(type(error).__name__, str(error), stack_trace(error, 1)) from error


def load_handler(handler):
    """The function that `handler` ("path/module.function") names."""
    module_name, dot, function_name = handler.rpartition(".")
    if not dot or not module_name or not function_name:
        raise InitFailure("Runtime.MalformedHandlerName",
                          f"Bad handler '{handler}': not enough values to unpack "
                          "(expected 2, got 1)")
    module_name = module_name.replace("/", ".")
    module = import_handler_module(module_name)
    function = getattr(module, function_name, None)
    if function is None:
        raise InitFailure("Runtime.HandlerNotFound",
                          f"Handler '{function_name}' missing on module '{module_name}'")
    return function


def set_up_logging(context_of):
    """Makes the logging module, if the handler uses it, write lines with level, time and id."""
    logging = sys.modules.get("logging")
    if logging is None or logging.getLogger().handlers:
        return
    as_json = os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON"

    class Formatter(logging.Formatter):
        """Lines as the log of a function has them."""

        converter = time.gmtime

        def format(self, record):
            request_id = context_of() or ""
            text = super().format(record)
            stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            stamp += f".{int(record.msecs):03d}Z"
            if as_json:
                return json.dumps({"timestamp": stamp, "level": record.levelname, "message": text,
                                   "logger": record.name, "requestId": request_id})
            return f"[{record.levelname}]\t{stamp}\t{request_id}\t{text}"

    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(Formatter("%(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL")
    if level:
        root.setLevel({"TRACE": "DEBUG", "FATAL": "CRITICAL", "WARN": "WARNING"}.get(level, level))


def log_failure(failure):
    """Writes a failure to the function's log."""
    trace = "".join(failure["stackTrace"])
    print(f"[ERROR] {failure['errorType']}: {failure['errorMessage']}\n"
          f"Traceback (most recent call last):\n{trace}".rstrip())


def failure_of(error_type, message, request_id, trace=()):
    """A failure document."""
    return {"errorMessage": message, "errorType": error_type, "requestId": request_id,
            "stackTrace": list(trace)}


def run_handler(function, body, context):
    """Calls the handler; returns (response bytes, None) or (None, failure document)."""
    request_id = context.aws_request_id
    try:
        event = json.loads(body)
    except ValueError as error:
        return None, failure_of("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}",
                                request_id)
    try:
        result = function(event, context)
    except Exception as error:
        return None, failure_of(type(error).__name__, str(error), request_id,
                                stack_trace(error, 1))
    try:
        return to_json(result), None
    except Exception as error:
        return None, failure_of("Runtime.MarshalError", f"Unable to marshal response: {error}",
                                request_id)


def serve(api, function, state):
    """Works off events for as long as the server has some."""
    while True:
        _, headers, body = api.next_event()
        context = Context(headers)
        state["request_id"] = context.aws_request_id
        trace_id = headers.get("lambda-runtime-trace-id")
        if trace_id:
            os.environ["_X_AMZN_TRACE_ID"] = trace_id
        response, failure = run_handler(function, body, context)
        path = f"/invocation/{context.aws_request_id}"
        if failure is not None:
            log_failure(failure)
        # What was printed belongs to this invocation, so it goes out before the answer does.
        sys.stdout.flush()
        sys.stderr.flush()
        if failure is None:
            api.respond(path + "/response", response)
        else:
            api.post_failure(path + "/error", failure)
        state["request_id"] = None


def main():
    """Loads the handler, then serves."""
    sys.stdout.reconfigure(line_buffering=True)
    task_root = os.environ.get("LAMBDA_TASK_ROOT", os.getcwd())
    # In place of this file's own folder.
    sys.path[0] = task_root
    api = RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"])
    state = {"request_id": None}
    try:
        function = load_handler(os.environ.get("_HANDLER", ""))
    except InitFailure as error:
        failure = failure_of(error.error_type, str(error), "", error.trace)
        log_failure(failure)
        sys.stdout.flush()
        api.post_failure("/init/error", failure)
        sys.exit(1)
    set_up_logging(lambda: state["request_id"])
    serve(api, function, state)


if __name__ == "__main__":
    main()
