"""Everything that people read in their own language: messages in Fluent files, numbers, money and dates by Babel.

A new language is a folder of ``*.ftl`` files; a new subject is one file in each of these folders.
"""

from winback.texts.catalogue import LANGUAGES, Catalogue, load_catalogue
from winback.texts.notes import Note, remarks
from winback.texts.texts import TextError, Texts

__all__ = ["LANGUAGES", "Catalogue", "Note", "TextError", "Texts", "load_catalogue", "remarks"]
