"""boto3 as boto3's documentation shows it: `boto3_client.py <verb> <arguments>`, settings from the environment."""

import sys
from pathlib import Path

import boto3
from botocore.config import Config

# boto3 signs URLs with version 2 for endpoints that are not AWS's unless told otherwise
s3 = boto3.client("s3", config=Config(signature_version="s3v4"))


def make_bucket(bucket):
    s3.create_bucket(Bucket=bucket)


def upload(file, bucket, key):
    s3.upload_file(file, bucket, key)


def download(bucket, key, file):
    s3.download_file(bucket, key, file)


def pages(bucket, prefix):
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        yield from page.get("Contents", [])


def list_(bucket, prefix):
    for entry in pages(bucket, prefix):
        print(entry["Key"], entry["Size"])


def sync_up(folder, bucket, prefix):
    files = {f"{prefix}/{path.relative_to(folder)}": path for path in Path(folder).rglob("*") if path.is_file()}
    stale = [{"Key": entry["Key"]} for entry in pages(bucket, f"{prefix}/") if entry["Key"] not in files]
    if stale:
        s3.delete_objects(Bucket=bucket, Delete={"Objects": stale})
    for key, path in files.items():
        s3.upload_file(str(path), bucket, key)


def sync_down(bucket, prefix, folder):
    for entry in pages(bucket, f"{prefix}/"):
        path = Path(folder) / entry["Key"][len(prefix) + 1 :]
        path.parent.mkdir(parents=True, exist_ok=True)
        s3.download_file(bucket, entry["Key"], str(path))


def presign(bucket, key):
    print(s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key}, ExpiresIn=600))


def remove(bucket, key):
    s3.delete_object(Bucket=bucket, Key=key)


def remove_bucket(bucket):
    s3.delete_bucket(Bucket=bucket)


verbs = {"list": list_, **{f.__name__: f for f in (make_bucket, upload, download, sync_up, sync_down)}}
verbs |= {f.__name__: f for f in (presign, remove, remove_bucket)}
verbs[sys.argv[1]](*sys.argv[2:])
