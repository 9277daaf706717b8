"""What mails say: the words of each language, and the two templates that set them.

A second language is a second module beside `english`, and a line in `wording.LANGUAGES`.
"""
