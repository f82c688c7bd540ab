"""The pages: what each role sees and does in a browser.

A page is made of sections; each is rendered here, on the server, and asked for again when the news say that it changed.
Pages only read: whatever a button does is a call of the API, with its rights, its rules and its words.
"""
