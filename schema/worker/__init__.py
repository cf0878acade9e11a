"""The worker: the only code that runs on a project's own interpreter, in a process of its own.

The kernel never imports a project. It starts ``__main__.py`` with the project's Python, which loads
the modules of this folder under the name ``_schema_worker`` and answers requests, one JSON line
each. These modules use the standard library and the project's alembic and SQLAlchemy only, and run
on Python 3.8 with alembic 1.8 and SQLAlchemy 1.3 as they do on the newest.

============== ====================================================================
``parent``      the kernel's side: a worker that is asked, and killed
``process``     the kernel's side: one process, its channels, output and age
``printed``     the kernel's side: what it prints, in bounds
``__main__``    the process: channels, names, then ``serve``
``serve``       requests in, results and errors out
``guard``       refuses every database connection but those that ``connections`` makes
``connections`` connections to a scratch database, proved by its token first
``drivers``     which of the project's drivers they go by, and what it takes in a URL
``blocking``    asyncpg, made to wait for its answers
``urls``        URLs in parts, which mean the same to every SQLAlchemy
``environment`` the project's config, its revisions, and a run of its ``env.py``
``inspection``  what ``env.py`` tells: settings, models, filters
``several``     an ``env.py`` that goes through several databases
``programmatic`` what an application that runs Alembic by itself hands to ``env.py``
``models``      ``target_metadata`` made real, and asked what belongs to it
``classes``     what the models say of themselves: attributes, relationships, inheritance
``columns``     their tables and columns in words
``sources``     what the text of a module says beside its classes
``creation``    the DDL of the models, recorded, and sent in few round trips
``reading``     what project code looked at, which tells when an answer is stale
``step``        one revision up or down
``statements``  what SQL ran, and for how long
``locks``       what a step locks and rewrites on PostgreSQL
``file_locks``  what a step locks on SQLite
``notices``     what the server and Python said meanwhile
``faults``      a step hit on purpose, to see what it leaves
``control``     a step ended on demand
``failure``     errors as facts for a person, without passwords
============== ====================================================================
"""
