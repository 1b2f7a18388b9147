"""What every public read of the market shares: anyone may ask, and shared caches may keep the answer for a moment."""

from typing import Any

from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class PublicRead(APIView):
    """A read that is the same for everybody."""

    permission_classes = [AllowAny]
    kept_seconds = 2

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        """Let caches keep what succeeded for `kept_seconds`."""
        final = super().finalize_response(request, response, *args, **kwargs)
        if final.status_code == 200:
            final.headers["Cache-Control"] = f"public, max-age={self.kept_seconds}"
        return final
