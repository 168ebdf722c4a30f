"""What editors ask about scenario texts: pure answers (a text and a place to an answer), and a language server.

Places are 1-based lines and columns of characters, as in :class:`simengine.language.Span`; only :mod:`.wire` knows
what the protocol counts. Nothing here reads, writes or executes a scenario file: the texts come from the editor.
"""
