"""The conformance suite: what openapi.yaml promises, put to a server and reported clause by clause.

`python -m contract_tests` runs everything and writes the reports; `pytest contract_tests` runs the same as tests.
"""
