"""The conformance suite: what an OpenAPI document promises, put to a server and reported clause by clause.

`python -m luminus_zoom_contract` runs everything and writes the reports.
"""
