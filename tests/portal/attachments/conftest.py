"""Somebody who hands papers in."""

import pytest

from services.portal.roles import PortalRole
from tests.portal.conftest import VisitorOf
from tests.portal.visitors import Visitor


@pytest.fixture
async def clerk(visitor: VisitorOf) -> Visitor:
    """Somebody of the town's employer."""
    return await visitor(PortalRole.EMPLOYER)
