# What of the last file, lumi's registration of a namespace, can be registered beside the other files, which come first.
#
# A class has one provider: the one that is there first keeps it. And a class has one parent: two files that give it
# different ones would stop omiserver. What is left out, and why, goes to standard error. Without a class nothing is left.

# A value is `Class:Parent:...`, for an association with `{Left:...,Right:...}` behind it: chains from class to root.
function chains_of(line) {
    line = substr(line, index(line, "=") + 1)
    gsub(/[ \t\r}]/, "", line)
    return split(line, chains, /[{,]/)
}

function learn(chain,    names, count, i, name) {
    count = split(chain, names, ":")
    for (i = 1; i <= count; i++) {
        name = tolower(names[i])
        parent[name] = i < count ? names[i + 1] : "no class"
        said_by[name] = FILENAME
    }
}

# Whether the chain says what the other files say; if not, it is explained.
function fits(chain,    names, count, i, name, ours) {
    count = split(chain, names, ":")
    for (i = 1; i <= count; i++) {
        name = tolower(names[i])
        ours = i < count ? names[i + 1] : "no class"
        if (name in parent && tolower(parent[name]) != tolower(ours)) {
            problem = sprintf("gives %s the parent %s, lumi %s", names[i], parent[name], ours)
            problem_file = said_by[name]
            return 0
        }
    }
    return 1
}

function leave_out(file, why) {
    left_out[file SUBSEP why] = left_out[file SUBSEP why] (left_out[file SUBSEP why] ? ", " : "") class
}

FILENAME != ARGV[ARGC - 1] {
    if ($0 ~ /^(CLASS|INDICATIONCLASS|EXTRACLASS)=/) {
        count = chains_of($0)
        for (i = 1; i <= count; i++) learn(chains[i])
        split(chains[1], names, ":")
        if ($0 !~ /^EXTRACLASS/) server[tolower(names[1])] = FILENAME
    }
    next
}

!/^(CLASS|INDICATIONCLASS|EXTRACLASS)=/ {
    text = text $0 "\n"
    next
}

{
    count = chains_of($0)
    split(chains[1], names, ":")
    class = names[1]
    if (tolower(class) in server) {
        leave_out(server[tolower(class)], "serves that already")
        next
    }
    for (i = 1; i <= count; i++) {
        if (!fits(chains[i])) {
            leave_out(problem_file, problem)
            next
        }
    }
    text = text $0 "\n"
    if ($0 !~ /^EXTRACLASS/) has_class = 1
}

END {
    gsub("-", "/", namespace)
    for (key in left_out) {
        split(key, parts, SUBSEP)
        printf "lumi: not registered in %s: %s; %s %s\n", namespace, left_out[key], parts[1], parts[2] > "/dev/stderr"
    }
    if (has_class) printf "%s", text
}
