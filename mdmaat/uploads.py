"""What is too large is never kept: the rest of the form arrives, and the page says what the limit is."""

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, SkipFile


class LimitedUpload(FileUploadHandler):
    """Leaves files out when the request says, before anything is read, that it is larger than an import may be."""

    too_large = False

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: Any = None):
        self.too_large = content_length > settings.UPLOAD_REQUEST_LIMIT

    def new_file(self, *args: Any, **more: Any) -> None:
        super().new_file(*args, **more)
        if self.too_large:
            raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
