"""The amounts of an order: the page of one that was submitted, and the Excel of a month's amounts."""
