#!/bin/sh
# git: a repository made, changed, packed, cloned and fetched.
. "$(dirname "$0")/../lib/e2e.sh"
need git

scenario() {
	export HOME="$PWD" GIT_CONFIG_NOSYSTEM=1 GIT_PAGER=cat
	export GIT_AUTHOR_DATE='2000-01-01T00:00:00Z' GIT_COMMITTER_DATE='2000-01-01T00:00:00Z'
	git config --global user.name Test
	git config --global user.email test@example.org
	git config --global init.defaultBranch main
	git init one
	cd one || return 1
	for n in 1 2 3; do
		seq 1 $((n * 100)) >numbers
		git add numbers
		git commit -m "change $n"
	done
	git log --format='%H %s'
	git diff --stat HEAD~2
	git checkout -b side HEAD~1
	echo side >file && git add file && git commit -qm side
	git merge main -m merge
	git checkout main
	git gc -q && git fsck --strict
	git rev-parse main side
	cd ..
	git clone "file://$PWD/one" two
	git -C one tag mark && git -C two fetch --tags
	git -C two show mark --stat
	git -C two push origin HEAD:refs/heads/pushed
	git -C two checkout nowhere
	echo "status $?"
	git clone nonexistent three
	echo "status $?"
	git -C two grep -c 1 origin/main
	printf '#!/bin/sh\necho the hook ran\n' >one/.git/hooks/pre-commit
	chmod +x one/.git/hooks/pre-commit
	git -C one commit --allow-empty -m hooked
	git -C one stash list
	git -C two bisect start origin/main origin/main~2 >/dev/null
	git -C two bisect run grep -q 300 numbers
	GIT_DIR=two/.git git rev-list --all | sort
}

compare /git
