"""Calls the service with botocore and prints what it understood, as JSON. Environment: ENDPOINT, KEY, SECRET, TOKEN, ARN."""
import json
import os
import urllib.error
import urllib.request

import botocore.session
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

endpoint, key, secret, token, arn = (os.environ[name] for name in ("ENDPOINT", "KEY", "SECRET", "TOKEN", "ARN"))


def client(service="inspector2", secret=secret, region="us-east-1", key=key, token=None):
    session = botocore.session.Session()
    session.set_credentials(key, secret, token)
    config = Config(retries={"max_attempts": 0}, parameter_validation=False)
    return session.create_client(service, region_name=region, endpoint_url=endpoint, config=config)


def failure(call, **parameters):
    try:
        call(**parameters)
    except ClientError as error:
        response = error.response
        return {
            "code": response["Error"]["Code"],
            "message": response["Error"]["Message"],
            "status": response["ResponseMetadata"]["HTTPStatusCode"],
            "hasRequestId": bool(response["ResponseMetadata"].get("RequestId")),
            "class": type(error).__name__,
            "reason": response.get("reason"),
            "fields": response.get("fields"),
        }
    return None


inspector = client()
results = {}
results["status"] = inspector.batch_get_account_status()["accounts"][0]["state"]["status"]
inspector.tag_resource(resourceArn=arn, tags={"team": "web", "a/b c": "ü+=&"})
results["tags"] = inspector.list_tags_for_resource(resourceArn=arn)["tags"]
inspector.untag_resource(resourceArn=arn, tagKeys=["team", "none"])
results["left"] = inspector.list_tags_for_resource(resourceArn=arn)["tags"]
pages = inspector.get_paginator("list_account_permissions").paginate(PaginationConfig={"PageSize": 3})
results["pages"] = [len(page["permissions"]) for page in pages]
inspector.update_configuration(ecrConfiguration={"rescanDuration": "DAYS_30"})
state = inspector.get_configuration()["ecrConfiguration"]["rescanDurationState"]
results["updatedAt"] = type(state["updatedAt"]).__name__
results["tooLarge"] = failure(inspector.list_findings, maxResults=101)
results["missing"] = failure(inspector.enable)
results["query"] = failure(inspector.get_encryption_key, scanType="CODE", resourceType="AWS_LAMBDA_FUNCTION")
results["noBody"] = failure(inspector.list_code_security_integrations, maxResults=500)
results["wrongSecret"] = failure(client(secret="x" * 40).batch_get_account_status)
results["wrongRegion"] = failure(client(region="us-west-2").batch_get_account_status)
results["unknownKey"] = failure(client(key="AKIAAAAAAAAAAAAAAAAA").batch_get_account_status)
temporary = client(key=os.environ["TEMPORARY_KEY"], secret=os.environ["TEMPORARY_SECRET"], token=token)
results["session"] = temporary.batch_get_account_status()["accounts"][0]["state"]["status"]
sbom = {"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [{"name": "a", "version": "1"}]}
results["scan"] = client("inspector-scan").scan_sbom(sbom=sbom, outputFormat="CYCLONE_DX_1_5")["sbom"]["components"]
results["scanRefused"] = failure(client("inspector-scan").scan_sbom, sbom={"bomFormat": "SPDX"})

presigned = AWSRequest("GET", endpoint + "/tags/" + urllib.request.quote(arn, safe=""))
SigV4QueryAuth(Credentials(key, secret), "inspector2", "us-east-1", expires=60).add_auth(presigned)
with urllib.request.urlopen(presigned.prepare().url) as answer:
    results["presigned"] = json.load(answer)["tags"]
try:
    urllib.request.urlopen(presigned.prepare().url.replace("us-east-1", "eu-west-1"))
except urllib.error.HTTPError as error:
    results["presignedWrong"] = [error.code, error.headers["x-amzn-errortype"]]
print(json.dumps(results))
