"""The web server: pages and JSON over HTTP, live frames over a WebSocket, as ``docs/protocol.md`` states."""
