"""Calls the service with a Python client; one question (JSON) a line on stdin, one answer a line on stdout.

argv: `botocore` or `awscli`. Environment: ENDPOINT, and the credentials as AWS_ variables.
Questions: {"service", "operation", "input", "secret"?, "pageSize"?} or {"argv": [...]} (awscli only).
Answers: {"version", "operations"} first; then {"output"}, {"pages"}, {"error": {code, message, status, fields, reason}} or {"unsayable": why}.
"""
import base64
import contextlib
import datetime
import io
import json
import os
import re
import sys

endpoint = os.environ["ENDPOINT"]
to_caller = sys.stdout


def plain(value):
    if isinstance(value, datetime.datetime):
        return value.timestamp()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(type(value))


def say(answer):
    to_caller.write(json.dumps(answer, default=plain) + "\n")
    to_caller.flush()


class Botocore:
    def __init__(self):
        import botocore
        import botocore.session
        from botocore.config import Config

        self.session = botocore.session.Session()
        self.config = Config(retries={"max_attempts": 0}, parameter_validation=False)
        self.clients = {}
        self.version = botocore.__version__
        self.operations = list(self.client("inspector2", None).meta.service_model.operation_names)

    def client(self, service, secret):
        if (service, secret) not in self.clients:
            key = os.environ["AWS_ACCESS_KEY_ID"]
            self.clients[service, secret] = self.session.create_client(
                service,
                endpoint_url=endpoint,
                config=self.config,
                aws_access_key_id=key,
                aws_secret_access_key=secret or os.environ["AWS_SECRET_ACCESS_KEY"],
            )
        return self.clients[service, secret]

    def ask(self, question):
        from botocore import xform_name
        from botocore.exceptions import ClientError, ParamValidationError

        name = xform_name(question["operation"])
        client = self.client(question["service"], question.get("secret"))
        if not hasattr(client, name):
            return {"unsayable": "no such operation"}
        try:
            if "pageSize" in question:
                settings = {"PageSize": question["pageSize"]} if question["pageSize"] else {}
                pages = client.get_paginator(name).paginate(**question["input"], PaginationConfig=settings)
                return {"pages": [self.without(page) for page in pages]}
            return {"output": self.without(getattr(client, name)(**question["input"]))}
        except ClientError as error:
            response = error.response
            return {
                "error": {
                    "code": response["Error"]["Code"],
                    "message": response["Error"]["Message"],
                    "status": response["ResponseMetadata"]["HTTPStatusCode"],
                    "fields": [field["name"] for field in response.get("fields", [])],
                    "reason": response.get("reason"),
                    "class": type(error).__name__,
                }
            }
        except ParamValidationError as error:
            return {"unsayable": str(error)}

    @staticmethod
    def without(answer):
        answer.pop("ResponseMetadata", None)
        return answer


class AwsCli:
    def __init__(self):
        import awscli
        from awscli.clidriver import create_clidriver

        self.version = awscli.__version__
        self.driver = create_clidriver()
        self.operations = list(self.driver.session.get_service_model("inspector2").operation_names)

    def ask(self, question):
        from botocore import xform_name

        argv = question.get("argv")
        if argv is None:
            name = xform_name(question["operation"], "-")
            argv = [question["service"], name, "--cli-input-json", json.dumps(question["input"])]
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                status = self.driver.main([*argv, "--endpoint-url", endpoint, "--output", "json"])
            except SystemExit as exit:
                status = exit.code
        said, told = (stream.buffer.getvalue().decode() for stream in (out, err))
        if status == 0:
            return {"output": json.loads(said) if said.strip() else {}}
        found = re.search(r"An error occurred \((\w+)\) when calling the \w+ operation(?: \([^)]*\))?: (.*)", told, re.S)
        if found is None:
            return {"unsayable": told.strip()[-400:] or f"exit status {status}"}
        return {"error": {"code": found[1], "message": found[2].strip()}}


client = {"botocore": Botocore, "awscli": AwsCli}[sys.argv[1]]()
say({"version": client.version, "operations": client.operations})
for line in sys.stdin:
    say(client.ask(json.loads(line)))
