"""The same asking, as Python: `Diorama` for plain code and notebooks, `AsyncDiorama` for asyncio."""
