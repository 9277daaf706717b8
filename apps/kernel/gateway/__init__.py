"""The one gate in front of every address: who may pass, how often, and what a repeated request gets.

`policy` is the vocabulary of the rules (the table itself is the project's), `principal` says who calls, `origin` from
where, `middleware` applies the rules. A request that no rule lets in is refused.
"""
